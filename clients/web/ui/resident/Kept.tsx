/* What waits in the outbox, and what the app has found out about the relay. */
import type { AlarmName, CaseAlarmName } from "../../src/core/commands.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import { useAppTexts } from "../app/texts.ts";
import { useClient, useQuestion, useSending } from "../client.tsx";
import { Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph, Written } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";

export function Outbox(): preact.JSX.Element {
  const text = useAppTexts();
  const { language } = useCommon();
  const { answer } = useQuestion("outbox", {});
  return (
    <Frame heading={text("outbox.heading")}>
      {answer?.ops.length === 0
        ? <Notice kind="ok">{text("outbox.none")}</Notice>
        : <Paragraph>{text("outbox.intro")}</Paragraph>}
      <ul class="kring-list">
        {answer?.ops.map(({ op, what, since, text: words }) => (
          <li key={op}>
            {text(what === "post" ? "outbox.post" : "outbox.other")}
            {" · "}
            {text("outbox.since", { when: momentOf(since, language) })}
            {words !== undefined && <Written>{words}</Written>}
          </li>
        ))}
      </ul>
    </Frame>
  );
}

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

export function Alarms(): preact.JSX.Element {
  const client = useClient();
  const text = useAppTexts();
  const { language, textOfError } = useCommon();
  const { answer } = useQuestion("alarms", {});
  const { isBusy, error, run } = useSending();
  const open = answer?.alarms.filter(({ dismissed }) => !dismissed);
  const dismiss = async (alarm: number): Promise<void> => {
    await client.command("dismiss", { alarm });
  };
  return (
    <Frame heading={text("alarms.heading")}>
      {error !== undefined && <Notice kind="error" isNews>{textOfError(error)}</Notice>}
      {open?.length === 0
        ? <Notice kind="ok">{text("alarms.none")}</Notice>
        : <Paragraph>{text("alarms.intro")}</Paragraph>}
      <ul class="kring-list">
        {open?.map(({ alarm, name, time }) => (
          <li key={alarm}>
            <Paragraph>{text(`alarms.${ALARM_KINDS[name] ?? "history"}`)}</Paragraph>
            {`${momentOf(time, language)} · ${text("alarms.code", { code: name })}`}
            <br />
            <Button kind="subtle" isBusy={isBusy} onClick={() => run(() => dismiss(alarm))}>
              {text("alarms.dismiss")}
            </Button>
          </li>
        ))}
      </ul>
    </Frame>
  );
}
