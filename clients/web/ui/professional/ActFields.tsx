/* What an act asks beside its words. */
import { useEffect } from "preact/hooks";

import type { Fields } from "../../src/client/drafts.ts";
import type { Case } from "../../src/core/professional.ts";
import { type DateFields, EMPTY_DATE } from "../../src/form/validate.ts";
import { type Act, type ActInfo, URGENCIES } from "../../src/professional/acts.ts";
import { useOwnInboxes } from "../app/inboxes.tsx";
import { DateField, type Option, Radios, TextField } from "../components/Fields.tsx";
import { Emergency } from "../components/Emergency.tsx";
import { useProfessionalTexts } from "./texts.ts";

/** Instead of an inbox that is known: its link is asked for. */
export const LINK = "link";

export const dateOfDraft = (draft: Fields): DateFields => ({
  day: draft["day"] ?? EMPTY_DATE.day, month: draft["month"] ?? EMPTY_DATE.month, year: draft["year"] ?? EMPTY_DATE.year,
});

const OUTCOMES = [
  "help_started", "help_already", "advice_given", "reported_on", "not_confirmed", "no_ground", "not_found", "other",
] as const;

const WEEK_MS = 7 * 86_400_000;

interface AnswerProps {
  readonly asks: ActInfo["asks"];
  readonly act: Act;
  readonly current: Case;
  readonly draft: Fields;
  readonly onChange: (next: Fields) => void;
  readonly errorOf: (id: string) => string | undefined;
}

export function Answer(props: AnswerProps): preact.JSX.Element | null {
  const text = useProfessionalTexts();
  const { asks, current, draft, onChange, errorOf } = props;
  switch (asks) {
    case undefined:
      return null;
    case "date": {
      const example = new Date(Date.now() + WEEK_MS);
      return (
        <DateField
          id="date"
          label={text("date.label")}
          hint={text("date.hint", {
            example: `${example.getDate()} ${example.getMonth() + 1} ${example.getFullYear()}`,
          })}
          error={errorOf("date") === undefined ? undefined : text("date.past")}
          value={dateOfDraft(draft)}
          onInput={(date) => onChange({ ...date })}
        />
      );
    }
    case "urgency":
      return (
        <>
          <Radios
            id="urgency"
            label={text("urgency.label")}
            hint={props.act === "urgency"
              ? text("urgency.now", { urgency: text(`urgency.${current.urgency}`) }) : undefined}
            error={errorOf("urgency")}
            options={URGENCIES.filter((value) => props.act !== "urgency" || value !== current.urgency)
              .map((value) => ({ value, label: text(`urgency.${value}`) }))}
            value={draft["urgency"] ?? ""}
            onChange={(urgency) => onChange({ urgency })}
          />
          {draft["urgency"] === "danger_now" && <Emergency />}
        </>
      );
    case "outcome":
      return (
        <Radios
          id="outcome"
          label={text("outcome.label")}
          error={errorOf("outcome")}
          options={OUTCOMES.map((value) => ({ value, label: text(`outcome.${value}`) }))}
          value={draft["outcome"] ?? ""}
          onChange={(outcome) => onChange({ outcome })}
        />
      );
    case "inbox":
      return <Party {...props} />;
    case "to":
      return <To {...props} />;
  }
}

/** One of the parties: who may know the name, or whose answer is no longer waited for. */
function Party({ act, current, draft, onChange, errorOf }: AnswerProps): preact.JSX.Element {
  const text = useProfessionalTexts();
  const parties = current.parties.filter(({ inbox, role, consented }) => (act === "share_identity"
    ? consented && inbox !== current.inbox && (role === "owner" || role === "joined")
    : role === "invited" || role === "consulted"));
  return (
    <Radios
      id="inbox"
      label={text("party.which")}
      error={errorOf("inbox")}
      options={parties.map(({ inbox, name }) => ({ value: inbox, label: name || text("party.nameless") }))}
      value={draft["inbox"] ?? ""}
      onChange={(inbox) => onChange({ inbox })}
    />
  );
}

/** Another team: one that is known, or any by its link. Whom the reporter excludes is not offered. */
function To({ act, current, draft, onChange, errorOf }: AnswerProps): preact.JSX.Element {
  const text = useProfessionalTexts();
  const inboxes = useOwnInboxes();
  const isAskable = (role: string): boolean => (act === "hand_over"
    ? role !== "owner" : role === "fallback" || role === "former" || role === "none");
  const inCase = new Set(current.parties.map(({ inbox }) => inbox));
  const fallback = inboxes.find(({ inbox }) => inbox === current.inbox)?.fallback;
  const isExcluded = (id: string): boolean => current.signal?.excluded?.includes(id) === true;
  const options: readonly Option[] = [
    ...current.parties.filter(({ inbox, role }) => inbox !== current.inbox && isAskable(role))
      .map(({ inbox, name }) => ({ value: inbox, label: name || text("party.nameless") })),
    ...inboxes.filter(({ inbox }) => inbox !== current.inbox && !inCase.has(inbox))
      .map(({ inbox, name }) => ({ value: inbox, label: name })),
    ...(fallback === undefined || current.parties.some(({ role }) => role === "fallback")
      ? [] : [{ value: fallback, label: text("to.fallback") }]),
    { value: LINK, label: text("to.other"), hint: text("to.otherHint") },
  ].filter(({ value }) => !isExcluded(value));
  // Where no team is known there is nothing to choose.
  const isLinkOnly = options.length === 1;
  useEffect(() => {
    if (isLinkOnly) {
      onChange({ to: LINK });
    }
  }, [isLinkOnly]);
  return (
    <>
      {!isLinkOnly && (
        <Radios
          id="to"
          label={text("to.label")}
          error={errorOf("to")}
          options={options}
          value={draft["to"] ?? ""}
          onChange={(to) => onChange({ to })}
        />
      )}
      {draft["to"] === LINK && (
        <TextField
          id="link"
          label={text("to.link")}
          hint={text("to.linkHint")}
          error={errorOf("link")}
          value={draft["link"] ?? ""}
          onInput={(link) => onChange({ link })}
        />
      )}
    </>
  );
}
