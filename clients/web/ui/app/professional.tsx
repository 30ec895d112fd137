/* The screens of professionals, which are loaded when they are needed. Nothing of them may import
 * this. */
import { useEffect, useState } from "preact/hooks";

import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Page } from "../components/Page.tsx";
import { Progress } from "../components/Progress.tsx";
import { Paragraph } from "../components/Text.tsx";
import type { ProfessionalProps } from "../professional/Screens.tsx";
import { useCommon } from "../texts.tsx";
import { isInboxScreen, type Screen } from "./routes.ts";
import { useAppTexts } from "./texts.ts";

const CASE_SCREENS: readonly Screen[] = ["cases", "case", "case-act"];

export const isProfessionalScreen = (screen: Screen): boolean => CASE_SCREENS.includes(screen) || isInboxScreen(screen);

type Loaded = (props: ProfessionalProps) => preact.JSX.Element;

/** Once loaded it is there at once. */
let loaded: Loaded | undefined;

export function Professional({ screen }: { screen: Screen }): preact.JSX.Element {
  const text = useAppTexts();
  const { text: common } = useCommon();
  const [Screens, setScreens] = useState<Loaded | undefined>(() => loaded);
  const [attempt, setAttempt] = useState(0);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    setFailed(false);
    import("../professional/Screens.tsx").then(
      ({ ProfessionalScreens }) => {
        loaded = ProfessionalScreens;
        setScreens(() => ProfessionalScreens);
      },
      () => setFailed(true),
    );
  }, [attempt]);
  if (Screens !== undefined) {
    return <Screens screen={screen} />;
  }
  return (
    <Page heading={common("page.loading")}>
      {hasFailed
        ? (
          <Notice kind="error" isNews>
            <Paragraph>{text("part.failed")}</Paragraph>
            <Button onClick={() => setAttempt(attempt + 1)}>{text("part.again")}</Button>
          </Notice>
        )
        : <Progress label={common("page.loading")} />}
    </Page>
  );
}
