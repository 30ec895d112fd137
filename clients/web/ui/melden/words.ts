/* The words of the values that a signal and a case have. A value without words in the catalogue does not
 * compile. */
import type { ReportCase, ReportEvent } from "../../src/core/reporter.ts";
import { type Language } from "../../src/i18n/text.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import { CHOICES } from "../../src/report/draft.ts";
import type { useReportTexts } from "./texts.ts";

type Text = ReturnType<typeof useReportTexts>;
type Choices = typeof CHOICES;
type OwnWords = "kind" | "urgency" | "category" | "at_risk" | "reach";
type OwnKey = { [K in OwnWords]: `${K}.${Choices[K][number]}` }[OwnWords];
type AnswerKey = `answer.${Choices["danger_now" | "weapons" | "family_knows" | "fallback_knows"][number]}`;
type OftenKey = `often.${Exclude<Choices["how_often"][number], "not_said">}`;

/** Of an answer to one of CHOICES' questions. */
export function wordOf(text: Text, id: keyof Choices, value: string): string {
  switch (id) {
    case "kind":
    case "urgency":
    case "category":
    case "at_risk":
    case "reach":
      return text(`${id}.${value}` as OwnKey);
    case "how_often":
      return value === "not_said" ? text("answer.unknown") : text(`often.${value}` as OftenKey);
    default:
      return text(`answer.${value}` as AnswerKey);
  }
}

/** Events that are told in the same words as another. */
const SAME: { readonly [type: string]: string } = {
  handover_offered: "asked", consulted: "asked", join_invited: "asked",
  handover_accepted: "took", handover_declined: "declined",
  expired: "other", erased: "other", close_read: "other",
};

type PlainEvent =
  | "submitted" | "acknowledged" | "follow_up" | "question" | "answer" | "asked" | "took" | "declined"
  | "joined" | "parted" | "advised" | "overdue" | "closed" | "reopened" | "withdrawn" | "consented"
  | "identity_shared" | "other";

export function wordsOfEvent(text: Text, event: ReportEvent, language: Language): string {
  switch (event.type) {
    case "promise":
      return text("event.promise", { date: event.date === undefined ? "" : momentOf(event.date, language) });
    case "urgency_changed":
      return text("event.urgency_changed", { urgency: text(`urgency.${event.urgency ?? "no_hurry"}`) });
    default:
      return text(`event.${(SAME[event.type] ?? event.type) as PlainEvent}`);
  }
}

/** Who did it: the reporter, the relay or an inbox, and in it the professional. */
export function wordsOfActor(text: Text, { by, author }: ReportEvent): string {
  const who = by === "reporter" || by === "relay" ? text(`by.${by}`) : by === "" ? text("by.inbox") : by;
  return author === undefined ? who : `${author}, ${who}`;
}

/** A team by its name, or, before it has spoken, by what it does: a choice between two that are called alike is none. */
export function wordsOfParty(text: Text, { name, role }: ReportCase["parties"][number]): string {
  return name || text(role === "owner" || role === "fallback" ? `party.${role}` : "party.other");
}
