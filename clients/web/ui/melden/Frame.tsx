/* The frame of every screen of the reporting page: the exit on top, nothing in the title, and what
 * holds everywhere, such as that there is no connection. */
import type { ComponentChildren } from "preact";

import { Exit } from "../components/Exit.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Footer } from "../Footer.tsx";
import { useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";
import { leaveApp } from "./vouching.ts";

/** Whoever there is when nobody else is known. */
export const VEILIG_THUIS = "0800-2000";

interface FrameProps {
  readonly heading: string;
  /** The first screen: links to other pages, and no way back. */
  readonly isFirst?: boolean;
  readonly children: ComponentChildren;
}

export function Frame({ heading, isFirst, children }: FrameProps): preact.JSX.Element {
  const text = useReportTexts();
  const { router, exit, wipe, isOffline, isDeceived, offer } = useSession();
  return (
    <Page
      heading={heading}
      top={<Exit wipe={leaveBoth} target={exit} depth={depth} />}
      {...(isFirst === true ? { footer: <Footer /> } : { onBack: () => router.back() })}
    >
      {isDeceived && (
        <Notice kind="error" isNews>{text("case.alarm", { call: offer?.inbox?.call || VEILIG_THUIS })}</Notice>
      )}
      {isOffline && isFirst !== true && <Notice kind="warning" isNews>{text("offline")}</Notice>}
      {children}
    </Page>
  );

  function leaveBoth(): void {
    wipe();
    leaveApp(exit);
  }

  function depth(): number {
    return router.depth;
  }
}
