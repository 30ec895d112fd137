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
      ({ tell }) => tell === "case" || tell === "late" || tell === "clock" || tell === "alarm",
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

/** A timer waits no longer. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Whether a time has passed by this device's own clock. */
function useIsPast(time: number | undefined): boolean {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const look = (): void => setNow(Date.now());
    look();
    const left = (time ?? 0) - Date.now();
    const timer = left > 0 && left < TIMER_MAX_MS ? setTimeout(look, left) : undefined;
    return () => clearTimeout(timer);
  }, [time]);
  return time !== undefined && time <= now;
}

/** Nobody spoke in time. The machine goes by the relay's clock, which a relay that lies lets stand still; this
 * device's own may be wrong, and by that one it is said softly. Which is wrong when they differ, its owner can see. */
export function Late(
  { until, overdue, not_opened: isNotOpened, call, clock_ahead: clockAhead }: ReportCase,
): preact.JSX.Element | null {
  const text = useReportTexts();
  const { language } = useCommon();
  const isPast = useIsPast(until);
  if (isNotOpened) {
    return <Notice kind="error" isNews>{text("late.call", { call: call || VEILIG_THUIS })}</Notice>;
  }
  if (isPast && !overdue && clockAhead !== undefined) {
    const time = momentOf(Date.now() + clockAhead, language);
    return <Notice kind="warning" isNews>{text("late.clocks", { time, call: VEILIG_THUIS })}</Notice>;
  }
  return overdue || isPast ? <Notice kind="warning" isNews>{text("case.overdue")}</Notice> : null;
}

function State(current: ReportCase): preact.JSX.Element {
  const text = useReportTexts();
  const { language } = useCommon();
  const { withdrawn, owner, until, overdue, timeline, alarms } = current;
  const state = current.state === "new" && current.opened ? "reopened" : current.state;
  const isDoubted = alarms.length > 0;
  // What oneself did, and the relay, is in the state.
  const said = timeline.filter(({ by }) => by !== "reporter");
  return (
    <>
      <Late {...current} />
      {(timeline.length > 0 || !isDoubted) && (
        <Notice kind="info">
          {isDoubted && <Paragraph>{text("case.before")}</Paragraph>}
          <Paragraph>{text(withdrawn ? "case.withdrawn" : `case.${state}`)}</Paragraph>
          {owner !== "" && <Paragraph>{text("case.owner", { name: owner })}</Paragraph>}
          {until !== undefined && !overdue && !isDoubted && (
            <Paragraph>{text("case.until", { time: momentOf(until, language) })}</Paragraph>
          )}
        </Notice>
      )}
      <Heading level={2}>{text("case.timeline")}</Heading>
      {said.length === 0 && !isDoubted && <Paragraph>{text("case.none")}</Paragraph>}
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
