/* One case: how it stands, what may be done, the signal, what happened, and the team's own notes. What
 * comes in while one reads appears by itself. */
import { useEffect, useState } from "preact/hooks";

import type { Case } from "../../src/core/professional.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import { ACTS, type Act, type Group, infoOf, isNext } from "../../src/professional/acts.ts";
import { clockState } from "../../src/professional/clock.ts";
import { router } from "../app/routes.ts";
import { useClient, useQuestion } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Progress } from "../components/Progress.tsx";
import { Summary } from "../components/Summary.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { alarmKind, isCaseAlarm } from "../resident/Alarms.tsx";
import { Frame } from "../resident/Frame.tsx";
import { useSeen } from "../seen.ts";
import { useCommon } from "../texts.tsx";
import { actName } from "./Act.tsx";
import { Assigned, Clock, Urgency } from "./Cases.tsx";
import { useDesk, useNow } from "./desk.tsx";
import { Save } from "./Save.tsx";
import { Earlier, Identity, Signal } from "./Signal.tsx";
import { Notes } from "./Team.tsx";
import { Parties, Timeline } from "./Timeline.tsx";
import { useProfessionalTexts } from "./texts.ts";
import { stateOf, titleOf, useCaseWords } from "./words.ts";

export function CasePage({ id }: { id: string }): preact.JSX.Element {
  const words = useCaseWords();
  const { text } = words;
  const { text: common, textOfError } = useCommon();
  const { memory } = useDesk();
  const { answer, error } = useQuestion("case", { case: id });
  useEffect(() => {
    memory.lastCase = id;
  }, [id]);
  const heading = answer === undefined ? common("page.loading") : titleOf(words, answer);
  return (
    <Frame heading={heading} isWide>
      {error === "not_found" && <Notice kind="warning">{text("case.gone")}</Notice>}
      {error !== undefined && error !== "not_found" && <Notice kind="error">{textOfError(error)}</Notice>}
      {answer === undefined && error === undefined && <Progress label={common("page.loading")} />}
      {answer !== undefined && <Whole current={answer} />}
    </Frame>
  );
}

function Whole({ current }: { current: Case }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const done = useDone(current);
  const firstUnread = useUnread(current);
  return (
    <>
      {done !== undefined && (
        <Notice kind="ok" isNews>{text("case.done", { act: done })}</Notice>
      )}
      {current.state === "erased" ? <Notice kind="info">{text("case.erased")}</Notice> : (
        <>
          <Urgent current={current} />
          <Earlier current={current} />
          <div class="kring-columns">
            <div class="kring-columns__side kring-screen">
              <Standing current={current} />
              <Acts current={current} />
            </div>
            <div class="kring-columns__main">
              <Signal current={current} />
              <Identity current={current} />
              <Timeline current={current} firstUnread={firstUnread} />
              <Parties current={current} />
              <Notes current={current} />
              <Save current={current} />
            </div>
          </div>
        </>
      )}
    </>
  );
}

/** What was done on the screen before this. */
function useDone(current: Case): string | undefined {
  const { memory } = useDesk();
  const [done] = useState(memory.done);
  useEffect(() => {
    memory.done = undefined;
  }, []);
  return done?.case === current.case ? done.name : undefined;
}

const lastSeq = ({ timeline }: Case): number => timeline[timeline.length - 1]?.seq ?? 0;

/** Marks all as seen, and says from which event on it was new when the page was opened. */
function useUnread(current: Case): number {
  const client = useClient();
  const { memory } = useDesk();
  const seq = lastSeq(current);
  const from = memory.newFrom?.case === current.case ? memory.newFrom.seq : seq - current.unread + 1;
  memory.newFrom = { case: current.case, seq: from };
  useSeen(() => {
    if (current.unread > 0) {
      client.command("case_read", { case: current.case, seq }).catch(() => undefined);
    }
  }, [client, current.case, seq]);
  return from;
}

/** What must not be overlooked. */
function Urgent({ current }: { current: Case }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const now = useNow();
  const { kind } = clockState(current, now);
  const nameOf = (role: string): string =>
    current.parties.find((party) => party.role === role)?.name || text("party.nameless");
  const owner = nameOf("owner");
  const isOpen = current.state === "new" || current.state === "open";
  return (
    <>
      {isOpen && current.signal?.danger_now === "yes" && <Notice kind="error">{text("signal.danger")}</Notice>}
      <Alarms current={current} />
      {isOpen && (kind === "late" || kind === "again") && (
        <Notice kind="error">
          {current.role === "owner" ? text("case.overdue") : text("case.overdueOther", { name: owner })}
        </Notice>
      )}
      {(current.role === "offered" || current.role === "invited" || current.role === "consulted") && (
        <Notice kind="info">{text(`case.${current.role}`, { name: owner })}</Notice>
      )}
      {current.role === "owner" && current.parties.some(({ role }) => role === "offered") && (
        <Notice kind="info">{text("case.waiting", { name: nameOf("offered") })}</Notice>
      )}
    </>
  );
}

/** What the app has found out about this case. */
function Alarms({ current }: { current: Case }): preact.JSX.Element | null {
  const { text, app } = useCaseWords();
  const { answer } = useQuestion("alarms", {});
  const kinds = new Set((answer?.alarms ?? [])
    .filter(({ topic, dismissed }) => topic?.endsWith(current.case) === true && (current.distrusted || !dismissed))
    .map(alarmKind).filter(isCaseAlarm));
  return kinds.size === 0 && !current.distrusted ? null : (
    <Notice kind="error">
      <Paragraph><strong>{text("case.alarms")}</strong></Paragraph>
      <ul>
        {Array.from(kinds, (kind) => <li key={kind}>{app(`alarms.${kind}`)}</li>)}
      </ul>
      {current.distrusted && <Paragraph>{text("case.alarmsText")}</Paragraph>}
    </Notice>
  );
}

function Standing({ current }: { current: Case }): preact.JSX.Element {
  const words = useCaseWords();
  const { text, language } = words;
  const now = useNow();
  const isOpen = current.state === "new" || current.state === "open";
  const owner = current.parties.find(({ role }) => role === "owner")?.name || text("party.nameless");
  const time = current.until === undefined ? "" : momentOf(current.until, language);
  return (
    <section class="kring-standing" aria-labelledby="standing-title">
      <Heading level={2} id="standing-title">{text("case.standing")}</Heading>
      <Summary
        rows={[
          { id: "state", name: text("case.state"), value: stateOf(words, current) },
          { id: "role", name: text("case.role"), value: text(`role.${current.role}`) },
          {
            id: "clock",
            name: text("case.clock"),
            value: (
              <>
                <Clock row={current} now={now} />
                {isOpen && current.until !== undefined && (
                  <p class="kring-standing__due">
                    {current.role === "owner"
                      ? text("case.due", { time }) : text("case.dueOther", { time, name: owner })}
                  </p>
                )}
              </>
            ),
          },
          { id: "urgency", name: text("case.urgency"), value: <Urgency row={current} /> },
          ...(current.kept_until === undefined ? [] : [{
            id: "kept",
            name: text("case.kept"),
            value: (
              <>
                {momentOf(current.kept_until, language)}
                {current.word_unread === true && <p class="kring-standing__due">{text("case.keptUnread")}</p>}
              </>
            ),
          }]),
          ...(isOpen ? [{ id: "assigned", name: text("case.assigned"), value: <Assigned row={current} /> }] : []),
        ]}
      />
    </section>
  );
}

const GROUPS: readonly Group[] = ["reporter", "teams", "case"];

/** What may be done now: what comes next first, then by whom it is about. */
function Acts({ current }: { current: Case }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const acts = (Object.keys(ACTS) as Act[]).filter((act) => current.acts.includes(act));
  const next = acts.filter((act) => isNext(act, current));
  // On a phone the signal comes before all that could be done.
  const [isOpen, setOpen] = useState(() => matchMedia("(min-width: 60rem)").matches);
  const button = (act: Act, kind: "primary" | "secondary"): preact.JSX.Element => (
    <Button key={act} kind={kind} onClick={() => router.go("case-act", { case: current.case, act })}>
      {actName(text, act, current.role)}
    </Button>
  );
  return (
    <section aria-labelledby="acts-title">
      <Heading level={2} id="acts-title">{text("case.acts")}</Heading>
      {acts.length === 0 && <Paragraph>{text("case.actsNone")}</Paragraph>}
      {next.length > 0 && (
        <Actions>{next.map((act) => button(act, act === "decline" ? "secondary" : "primary"))}</Actions>
      )}
      {acts.length > next.length && !isOpen && (
        <Actions>
          <Button kind="subtle" onClick={() => setOpen(true)}>{text("case.more")}</Button>
        </Actions>
      )}
      {isOpen && GROUPS.map((group) => {
        const own = acts.filter((act) => !next.includes(act) && infoOf(act, current.role).group === group);
        return own.length === 0 ? null : (
          <div key={group}>
            <Heading level={3}>{text(`acts.${group}`)}</Heading>
            <Actions>{own.map((act) => button(act, "secondary"))}</Actions>
          </div>
        );
      })}
    </section>
  );
}
