/* The fields of an inbox's settings, in the form that makes one and in those that change it; and what
 * they say, as rows. */
import type { InboxDraft } from "../../../src/inbox/draft.ts";
import { ABOUT_MAX, choicesOf, DAYS, URGENCIES, wordsOf } from "../../../src/inbox/draft.ts";
import { DEFAULT_ZONE, ownZone } from "../../../src/inbox/zone.ts";
import type { Urgency } from "../../../src/core/professional.ts";
import { Checkboxes, Radios, Select, TextArea, TextField } from "../../components/Fields.tsx";
import type { SummaryRow } from "../../components/Summary.tsx";
import { Paragraph } from "../../components/Text.tsx";
import { useCommon } from "../../texts.tsx";
import { useProfessionalTexts } from "../texts.ts";

export interface PartProps {
  readonly draft: InboxDraft;
  readonly change: (answers: Partial<InboxDraft>) => void;
  readonly errorOf: (id: string) => string | undefined;
}

export function AboutFields({ draft, change, errorOf }: PartProps): preact.JSX.Element {
  const text = useProfessionalTexts();
  return (
    <>
      <TextField
        id="name"
        label={text("inbox.name")}
        hint={text("inbox.nameHint")}
        error={errorOf("name")}
        value={draft.name}
        onInput={(name) => change({ name })}
      />
      <TextArea
        id="about"
        label={text("inbox.about")}
        hint={text("inbox.aboutHint")}
        error={errorOf("about")}
        maxLength={ABOUT_MAX}
        value={draft.about}
        onInput={(about) => change({ about })}
      />
      <TextField
        id="call"
        label={text("inbox.call")}
        hint={text("inbox.callHint")}
        error={errorOf("call")}
        value={draft.call}
        onInput={(call) => change({ call })}
      />
    </>
  );
}

export function HoursFields({ draft, change, errorOf }: PartProps): preact.JSX.Element {
  const text = useProfessionalTexts();
  // An inbox keeps its zone, also when somebody looks from another.
  const zones = [...new Set([draft.zone, ownZone(), DEFAULT_ZONE])];
  return (
    <>
      <fieldset class="kring-fieldset" aria-describedby="days-hint">
        <legend class="utrecht-form-fieldset__legend utrecht-form-fieldset__legend--distanced">
          {text("inbox.hours.days")}
        </legend>
        <div id="days-hint" class="utrecht-form-field-description utrecht-form-field-description--distanced">
          {text("inbox.hours.daysHint")}
        </div>
        <div class="kring-days">
          {DAYS.map((day, i) => (
            <TextField
              key={day}
              id={day}
              label={text(`inbox.hours.${day}`)}
              error={errorOf(day)}
              value={draft.days[i]!}
              onInput={(value) => change({ days: draft.days.map((each, k) => (k === i ? value : each)) })}
            />
          ))}
        </div>
      </fieldset>
      <TextArea
        id="closed"
        label={text("inbox.hours.closed")}
        hint={text("inbox.hours.closedHint")}
        error={errorOf("closed")}
        value={draft.closed}
        onInput={(closed) => change({ closed })}
      />
      {zones.length > 1
        ? (
          <Select
            id="zone"
            label={text("inbox.hours.zone")}
            options={zones.map((value) => ({ value, label: value }))}
            value={draft.zone}
            onChange={(zone) => change({ zone })}
          />
        )
        : <Paragraph>{text("inbox.hours.zoneIs", { zone: draft.zone })}</Paragraph>}
    </>
  );
}

/** "8 uur", "16 kantooruren" */
function useSpanWords(): (seconds: number, continuous: boolean) => string {
  const text = useProfessionalTexts();
  return (seconds, continuous) => {
    const { key, n } = wordsOf(seconds, continuous);
    return text(key, { n });
  };
}

function DeadlineField({ urgency, draft, change, errorOf }: PartProps & { urgency: Urgency }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const words = useSpanWords();
  const deadline = draft.deadlines[urgency];
  const { continuous } = deadline;
  const set = (changed: Partial<typeof deadline>): void =>
    change({ deadlines: { ...draft.deadlines, [urgency]: { ...deadline, ...changed } } });
  const optionsOf = (seconds: number): { value: string; label: string }[] =>
    choicesOf(continuous ? "running" : "office", seconds).map((each) =>
      ({ value: String(each), label: text("inbox.deadlines.within", { time: words(each, continuous) }) }));
  return (
    <fieldset class="kring-fieldset kring-deadline">
      <legend class="utrecht-form-fieldset__legend utrecht-form-fieldset__legend--distanced">
        {text(`inbox.urgency.${urgency}`)}
      </legend>
      <Select
        id={`${urgency}-acknowledge`}
        label={text("inbox.deadlines.acknowledge")}
        options={optionsOf(deadline.acknowledge)}
        value={String(deadline.acknowledge)}
        onChange={(value) => set({ acknowledge: Number(value) })}
      />
      <Select
        id={`${urgency}-followUp`}
        label={text("inbox.deadlines.followUp")}
        options={optionsOf(deadline.follow_up)}
        value={String(deadline.follow_up)}
        onChange={(value) => set({ follow_up: Number(value) })}
      />
      <Radios
        id={`${urgency}-clock`}
        label={text("inbox.deadlines.clock")}
        error={errorOf(`${urgency}-clock`)}
        options={[
          { value: "running", label: text("inbox.deadlines.running") },
          { value: "office", label: text("inbox.deadlines.office") },
        ]}
        value={continuous ? "running" : "office"}
        onChange={(value) => set({ continuous: value === "running" })}
      />
    </fieldset>
  );
}

export function DeadlineFields(props: PartProps & { hasFallback: boolean }): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { text: common } = useCommon();
  const { draft, change, errorOf, hasFallback } = props;
  return (
    <>
      {URGENCIES.map((urgency) => <DeadlineField key={urgency} {...props} urgency={urgency} />)}
      {hasFallback && (
        <Checkboxes
          id="fallback-drop"
          label={text("inbox.fallbackSet")}
          options={[{ value: "drop", label: text("inbox.fallbackDrop") }]}
          values={draft.dropsFallback ? ["drop"] : []}
          onChange={(values) => change({ dropsFallback: values.length > 0 })}
        />
      )}
      {!draft.dropsFallback && (
        <TextField
          id="fallback"
          label={`${text(hasFallback ? "inbox.fallbackOther" : "inbox.fallback")} ${common("page.optional")}`}
          hint={text("inbox.fallbackHint")}
          error={errorOf("fallback")}
          value={draft.fallback}
          onInput={(fallback) => change({ fallback })}
        />
      )}
    </>
  );
}

const LIMITS = [
  { id: "promise_s", choices: "promise", hint: undefined },
  { id: "promises", choices: "times", hint: undefined },
  { id: "retention_s", choices: "retention", hint: "inbox.limits.retentionHint" },
  { id: "retention_unread_s", choices: "retention", hint: "inbox.limits.unreadHint" },
] as const;

/** "31 dagen", "3 keer" */
function useLimitWords(): (id: (typeof LIMITS)[number]["id"], value: number) => string {
  const text = useProfessionalTexts();
  const words = useSpanWords();
  return (id, value) => (id === "promises" ? text("inbox.limits.times", { n: value }) : words(value, true));
}

export function LimitFields({ draft: { limits }, change, errorOf }: PartProps): preact.JSX.Element {
  const text = useProfessionalTexts();
  const words = useLimitWords();
  return (
    <>
      {LIMITS.map(({ id, choices, hint }) => (
        <Select
          key={id}
          id={id}
          label={text(`inbox.limits.${id}`)}
          hint={hint === undefined ? undefined : text(hint)}
          error={errorOf(id)}
          options={choicesOf(choices, limits[id]).map((each) => ({ value: String(each), label: words(id, each) }))}
          value={String(limits[id])}
          onChange={(value) => change({ limits: { ...limits, [id]: Number(value) } })}
        />
      ))}
    </>
  );
}

export type Part = "about" | "hours" | "deadlines" | "limits";

/** Everything to check or to read, each row of a part. */
export function useRows(draft: InboxDraft, hasFallback: boolean): (SummaryRow & { part: Part })[] {
  const text = useProfessionalTexts();
  const words = useSpanWords();
  const limitWords = useLimitWords();
  const days = DAYS.flatMap((day, i) =>
    (draft.days[i]!.trim() === "" ? [] : [`${text(`inbox.hours.${day}`)} ${draft.days[i]}`]));
  return [
    { id: "name", part: "about", name: text("inbox.name"), value: draft.name.trim() },
    { id: "about", part: "about", name: text("inbox.about"), value: draft.about.trim() },
    { id: "call", part: "about", name: text("inbox.call"), value: draft.call.trim() },
    {
      id: "days",
      part: "hours",
      name: text("inbox.hours.heading"),
      value: days.length === 0 ? text("inbox.hours.none") : days.join("\n"),
    },
    { id: "closed", part: "hours", name: text("inbox.hours.closed"), value: draft.closed.trim() || text("inbox.hours.none") },
    { id: "zone", part: "hours", name: text("inbox.hours.zone"), value: draft.zone },
    ...URGENCIES.map((urgency) => {
      const { acknowledge, follow_up: followUp, continuous } = draft.deadlines[urgency];
      return {
        id: urgency,
        part: "deadlines" as const,
        name: text(`inbox.urgency.${urgency}`),
        value: text("inbox.deadlines.row", {
          acknowledge: text("inbox.deadlines.within", { time: words(acknowledge, continuous) }),
          followUp: text("inbox.deadlines.within", { time: words(followUp, continuous) }),
        }),
      };
    }),
    {
      id: "fallback",
      part: "deadlines",
      name: text("inbox.fallback"),
      value: draft.fallback.trim() || text(hasFallback ? "inbox.fallbackSet" : "inbox.fallbackNone"),
    },
    ...LIMITS.map(({ id }) => ({
      id, part: "limits" as const, name: text(`inbox.limits.${id}`), value: limitWords(id, draft.limits[id]),
    })),
  ];
}
