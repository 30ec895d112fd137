/* How it stands, and what the professionals said. One's own words are not shown: somebody may have
 * forced the digits out of a reporter. */
import { useEffect, useState } from "preact/hooks";

import { watch } from "../../src/client/live.ts";
import type {
  ReportCase, ReportEvent, ReporterCommands, ReporterQuestions, ReporterTell,
} from "../../src/core/reporter.ts";
import { machineTime, momentOf } from "../../src/i18n/dates.ts";
import { type Asked, codeOf } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Heading, Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame, VEILIG_THUIS } from "./Frame.tsx";
import { useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";
import { wordsOfActor, wordsOfEvent } from "./words.ts";

/** What is done on a screen of its own; the machine says which of them may be done now. */
export const ACTS = ["answer", "worse", "goes_on", "consent", "withdraw", "erase"] as const;
export type Act = (typeof ACTS)[number];

/** The case as it is now, and again whenever somebody has said something. */
export function useCase(): Asked<ReportCase> {
  const { reporter } = useSession();
  const [asked, setAsked] = useState<Asked<ReportCase>>({});
  useEffect(
    () => watch<ReporterCommands, ReporterQuestions, ReporterTell, "case">(reporter(), "case", {},
      ({ tell }) => tell === "case" || tell === "late" || tell === "alarm",
      (answer) => setAsked({ answer }),
      (error) => setAsked({ error: codeOf(error) })),
    [],
  );
  return asked;
}

export function CaseScreen(): preact.JSX.Element {
  const text = useReportTexts();
  const { textOfError } = useCommon();
  const { reporter, router, wipe } = useSession();
  const { answer, error } = useCase();

  // The closing word counts as read once it is shown.
  const isUnread = answer?.acts.includes("seen") === true;
  useEffect(() => {
    if (isUnread) {
      reporter().command("seen", {}).catch(() => undefined);
    }
  }, [isUnread]);

  return (
    <Frame heading={text("case.heading")}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {answer === undefined && error === undefined && <Progress label={text("return.opening")} />}
      {router.route.params?.done !== undefined && <Notice kind="ok" isNews>{text("case.done")}</Notice>}
      {answer !== undefined && <State {...answer} />}
      <Actions>
        {ACTS.filter((act) => answer?.acts.includes(act)).map((act) => (
          <Button
            key={act}
            kind={act === "answer" || act === "goes_on" ? "primary" : "secondary"}
            onClick={() => router.go("act", { act })}
          >
            {text(`act.${act}`)}
          </Button>
        ))}
      </Actions>
      <Actions>
        <Button kind="secondary" onClick={wipe}>{text("case.forget")}</Button>
        <Button kind="subtle" onClick={() => router.go("arrival")}>{text("return.arrival")}</Button>
      </Actions>
    </Frame>
  );
}

function State(current: ReportCase): preact.JSX.Element {
  const text = useReportTexts();
  const { language } = useCommon();
  const { state, withdrawn, owner, until, overdue, not_opened, call, timeline, alarms } = current;
  // What oneself did, and the relay, is in the state.
  const said = timeline.filter(({ by }) => by !== "reporter");
  return (
    <>
      {not_opened && <Notice kind="error">{text("late.call", { call: call || VEILIG_THUIS })}</Notice>}
      {overdue && !not_opened && <Notice kind="warning">{text("case.overdue")}</Notice>}
      {alarms.length > 0 && <Notice kind="error">{text("case.alarm", { call: call || VEILIG_THUIS })}</Notice>}
      <Notice kind="info">
        <Paragraph>{text(withdrawn ? "case.withdrawn" : `case.${state}`)}</Paragraph>
        {owner !== "" && <Paragraph>{text("case.owner", { name: owner })}</Paragraph>}
        {until !== undefined && !overdue && (
          <Paragraph>{text("case.until", { time: momentOf(until, language) })}</Paragraph>
        )}
      </Notice>
      <Heading level={2}>{text("case.timeline")}</Heading>
      {said.length === 0 && <Paragraph>{text("case.none")}</Paragraph>}
      <ol class="kring-timeline">
        {timeline.map((event) => <Entry key={event.seq} {...event} />)}
      </ol>
    </>
  );
}

function Entry(event: ReportEvent): preact.JSX.Element {
  const text = useReportTexts();
  const { language } = useCommon();
  return (
    <li>
      <p class="kring-timeline__head">
        <strong>{wordsOfActor(text, event)}</strong> {wordsOfEvent(text, event, language)}
        <br />
        <time dateTime={machineTime(event.time)}>{momentOf(event.time, language)}</time>
      </p>
      {event.unreadable === true && <Notice kind="error">{text("case.unreadable")}</Notice>}
      {event.outcome !== undefined && <Paragraph>{text(`outcome.${event.outcome}`)}</Paragraph>}
      {event.text !== undefined && event.text !== "" && <Written>{event.text}</Written>}
    </li>
  );
}
