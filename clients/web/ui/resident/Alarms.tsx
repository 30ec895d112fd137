/* What the app has found out about the relay, or a member: in words, with what to do. */
import type { ComponentChildren } from "preact";

import type { Alarm, AlarmName, CaseAlarmName } from "../../src/core/commands.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useQuestion, useSending } from "../client.tsx";
import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Heading, Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame, GoLink } from "./Frame.tsx";

type AlarmKind = "history" | "identity" | "rights" | "device" | "relay" | "inbox";

/** COMMANDS.md §8 in six sentences that a resident can act on; only professionals have alarms about
 * cases, which say what it is. */
const ALARM_KINDS: { readonly [name in AlarmName]: AlarmKind | CaseAlarmName } = {
  hash_mismatch: "history",
  history_rewritten: "history",
  fork: "history",
  head_mismatch: "history",
  unsigned: "identity",
  invitation_swapped: "identity",
  key_package_swapped: "identity",
  uncertified_leaf: "identity",
  overstep: "rights",
  routing_mismatch: "rights",
  false_event: "identity",
  garbage_commit: "rights",
  foreign_commit: "rights",
  rolled_back: "device",
  relay_changed: "relay",
  incarnation_lost: "relay",
  inbox_replaced: "inbox",
  case_order: "case_order",
  case_fork: "case_fork",
  case_head: "case_head",
  case_signature: "case_signature",
  case_record: "case_record",
  case_state: "case_state",
  case_recipients: "case_recipients",
  case_relay_word: "case_relay_word",
  case_clock: "case_clock",
  wrap_changed: "wrap_changed",
  wrap_early: "wrap_early",
};

/** Of an inbox, a case and its notes no neighbour knows anything. */
const KINDS_OF_TOPICS: { readonly [letter: string]: CaseAlarmName } = { i: "case_record", s: "case_order", n: "case_order" };

export const isCaseAlarm = (kind: AlarmKind | CaseAlarmName): kind is CaseAlarmName => /^(case|wrap)_/.test(kind);

export function alarmKind({ name, topic }: Alarm): AlarmKind | CaseAlarmName {
  const kind = ALARM_KINDS[name] ?? "history";
  return isCaseAlarm(kind) ? kind : KINDS_OF_TOPICS[topic?.[0] ?? ""] ?? kind;
}

/** The same was found out again and again, of one group, neighbourhood or case. */
function sameOnes(alarms: readonly Alarm[]): Alarm[][] {
  const found = new Map<string, Alarm[]>();
  for (const alarm of alarms) {
    const key = `${alarm.name} ${alarm.topic ?? ""} ${alarm.dismissed}`;
    found.set(key, [...(found.get(key) ?? []), alarm]);
  }
  return Array.from(found.values());
}

function Warning({ alarms, children }: { alarms: readonly Alarm[]; children?: ComponentChildren }): preact.JSX.Element {
  const text = useAppTexts();
  const { language } = useCommon();
  const { name, time, topic } = alarms[0]!;
  const facts = [momentOf(time, language), text("alarms.code", { code: name })];
  if (alarms.length > 1) {
    facts.push(text("alarms.times", { n: alarms.length }));
  }
  return (
    <li>
      <Paragraph>{text(`alarms.${alarmKind(alarms[0]!)}`)}</Paragraph>
      {facts.join(" · ")}
      {topic?.startsWith("s.") === true && (
        <>
          <br />
          <GoLink to="case" params={{ case: topic.slice(2) }}>{text("alarms.caseLink")}</GoLink>
        </>
      )}
      {children}
    </li>
  );
}

/** Whom to tell: of a case nobody in the neighbourhood may know. */
function WhomToTell({ alarms }: { alarms: readonly Alarm[] }): preact.JSX.Element {
  const text = useAppTexts();
  const kinds = alarms.map(alarmKind);
  return (
    <>
      <Paragraph>{text("alarms.intro")}</Paragraph>
      {!kinds.every(isCaseAlarm) && <Paragraph>{text("alarms.tell")}</Paragraph>}
      {kinds.some(isCaseAlarm) && <Paragraph>{text("alarms.case")}</Paragraph>}
    </>
  );
}

/** Also what was read: whoever looks into it later asks for it. */
export function Alarms(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { textOfError } = useCommon();
  const { answer } = useQuestion("alarms", {});
  const { isBusy, error, run } = useSending();
  const open = sameOnes(answer?.alarms.filter(({ dismissed }) => !dismissed) ?? []);
  const seen = sameOnes(answer?.alarms.filter(({ dismissed }) => dismissed) ?? []);
  const dismiss = async (alarms: readonly Alarm[]): Promise<void> => {
    for (const { alarm } of alarms) {
      await client.command("dismiss", { alarm });
    }
  };
  return (
    <Frame heading={text("alarms.heading")}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {answer?.alarms.length === 0 && <Notice kind="ok">{text("alarms.none")}</Notice>}
      {open.length > 0 && <WhomToTell alarms={open.flat()} />}
      <ul class="kring-list">
        {open.map((alarms) => (
          <Warning key={alarms[0]!.alarm} alarms={alarms}>
            <br />
            <Button kind="subtle" isBusy={isBusy} onClick={() => run(() => dismiss(alarms))}>
              {text("alarms.dismiss")}
            </Button>
          </Warning>
        ))}
      </ul>
      {seen.length > 0 && (
        <section>
          <Heading level={2}>{text("alarms.seen")}</Heading>
          <ul class="kring-list">
            {seen.map((alarms) => <Warning key={alarms[0]!.alarm} alarms={alarms} />)}
          </ul>
        </section>
      )}
    </Frame>
  );
}
