/* It has arrived: what that means, and what it does not. */
import { momentOf } from "../../src/i18n/dates.ts";
import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Late, useCase } from "./Case.tsx";
import { Frame } from "./Frame.tsx";
import { useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";

export function Sent(): preact.JSX.Element {
  const text = useReportTexts();
  const { language } = useCommon();
  const { arrived, router, wipe } = useSession();
  const { time, until, arrival } = arrived!;
  const { answer } = useCase();
  const isDoubted = answer !== undefined && (answer.overdue || answer.alarms.length > 0);
  return (
    <Frame heading={text("sent.heading")}>
      {answer !== undefined && <Late {...answer} />}
      <Notice kind="ok">
        <Paragraph>{text("sent.recorded", { time: momentOf(time, language) })}</Paragraph>
      </Notice>
      {!isDoubted && <Paragraph>{text("sent.until", { time: momentOf(until, language) })}</Paragraph>}
      <Paragraph>{text("sent.return")}</Paragraph>
      <Notice kind="warning">{text("sent.worse")}</Notice>
      <Actions>
        <Button onClick={() => router.go("case")}>{text("case.heading")}</Button>
        <Button kind="secondary" onClick={wipe}>{text("case.forget")}</Button>
      </Actions>
      <Heading level={2}>{text("sent.arrival")}</Heading>
      <Paragraph>{text("sent.arrivalHint")}</Paragraph>
      <p class="kring-arrival" dir="ltr" translate={false} tabIndex={0}>{arrival}</p>
    </Frame>
  );
}
