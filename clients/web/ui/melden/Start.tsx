/* The first screen: danger now, then a telephone, then everything else. */
import { useEffect, useState } from "preact/hooks";

import { DEFAULT_EXIT, fetchConfig } from "../../src/client/config.ts";
import { Actions, ButtonLink } from "../components/Button.tsx";
import { Emergency } from "../components/Emergency.tsx";
import { Exit } from "../components/Exit.tsx";
import { Page } from "../components/Page.tsx";
import { Paragraph } from "../components/Text.tsx";
import { Footer } from "../Footer.tsx";
import { useReportTexts } from "./texts.ts";

function useExitTarget(): string {
  const [target, setTarget] = useState(DEFAULT_EXIT);
  useEffect(() => {
    fetchConfig().then(({ exit }) => exit !== undefined && setTarget(exit), () => undefined);
  }, []);
  return target;
}

/** Nothing is filled in on this screen. */
const wipeNothing = (): void => {};

export function Start(): preact.JSX.Element {
  const text = useReportTexts();
  const target = useExitTarget();
  return (
    <Page heading={text("start.heading")} top={<Exit wipe={wipeNothing} target={target} />} footer={<Footer />}>
      <Emergency />
      <Paragraph>{text("start.phone")}</Paragraph>
      <Actions>
        <ButtonLink kind="secondary" href="tel:08002000">
          {text("start.phoneButton")}
        </ButtonLink>
      </Actions>
      <Paragraph>{text("start.intro")}</Paragraph>
    </Page>
  );
}
