/* The words of what a case holds, for the screen and for the document. A value without words in the
 * catalogue does not compile. */
import type { Case, CaseEvent, CaseRow, Signal } from "../../src/core/professional.ts";
import { momentOf } from "../../src/i18n/dates.ts";
import type { Language } from "../../src/i18n/text.ts";
import { useAppTexts } from "../app/texts.ts";
import { sinceText } from "../resident/Message.tsx";
import { useCommon } from "../texts.tsx";
import { useProfessionalTexts } from "./texts.ts";

/** The catalogues that words of a case come from: a signal's are those of a neighbour's concern. */
export interface Words {
  readonly text: ReturnType<typeof useProfessionalTexts>;
  readonly app: ReturnType<typeof useAppTexts>;
  readonly language: Language;
}

export function useCaseWords(): Words {
  const text = useProfessionalTexts();
  const app = useAppTexts();
  const { language } = useCommon();
  return { text, app, language };
}

/** By which people name a case when they talk about it, as the command line does. */
export const shortId = (id: string): string => id.slice(0, 6);

export function titleOf({ text }: Words, row: Pick<CaseRow, "category" | "place" | "case">): string {
  const place = row.place ?? text("row.noPlace");
  return row.category === undefined ? text("case.number", { id: shortId(row.case) })
    : `${text(`what.${row.category}`)}, ${place}`;
}

export const kindOf = ({ text }: Words, kind: Signal["kind"] | undefined): string => text(`kind.${kind ?? "none"}`);

/** What was opened and is new again was reopened. */
export const stateOf = ({ text }: Words, { state, opened }: Pick<CaseRow, "state" | "opened">): string =>
  text(state === "new" && opened ? "state.reopened" : `state.${state}`);

const agesOf = ({ text }: Words, ages: Signal["ages"]): string =>
  (ages ?? []).map((age) => (age === null ? text("signal.ageUnknown") : text("signal.age", { n: age }))).join(", ");

function languageOf(tag: string | undefined, language: Language): string {
  if (tag === undefined || tag === "") {
    return "";
  }
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

type SignalRow = readonly [
  id: Exclude<keyof Signal, "street" | "number" | "addition" | "postcode" | "town" | "excluded"> | "address" | "sent",
  value: string,
];

/** The answers, in the order in which they matter; empty ones are left out. */
export function signalRows(words: Words, current: Case, signal: Signal): readonly SignalRow[] {
  const { text, app, language } = words;
  const since = signal.since === undefined || signal.since.precision === "not_said"
    ? "" : sinceText(signal.since, app, language);
  const often = signal.how_often === undefined || signal.how_often === "not_said"
    ? "" : app(`often.${signal.how_often}`);
  const rows: readonly SignalRow[] = [
    ["kind", kindOf(words, signal.kind)],
    ["urgency", text(`urgency.${signal.urgency}`)],
    ["danger_now", text(`answer.${signal.danger_now}`)],
    ["category", app(`category.${signal.category}`)],
    ["seen", signal.seen],
    ["address", current.place ?? ""],
    ["at_risk", signal.at_risk.map((risk) => text(`risk.${risk}`)).join(", ")],
    ["ages", agesOf(words, signal.ages)],
    ["since", since],
    ["how_often", often],
    ["weapons", text(`answer.${signal.weapons}`)],
    ["who", signal.who ?? ""],
    ["tried", signal.tried ?? ""],
    ["family_knows", text(`answer.${signal.family_knows}`)],
    ["reach", text(`reach.${signal.reach}`)],
    ["reach_when", signal.reach_when ?? ""],
    ["origin", signal.origin === undefined ? "" : text(`origin.${signal.origin}`)],
    ["language", languageOf(signal.language, language)],
    ["sent", momentOf(current.since, language)],
  ];
  return rows.filter(([, value]) => value !== "");
}

// ---- What happened ---------------------------------------------------------------------------

const PLAIN = [
  "submitted", "acknowledged", "follow_up", "question", "answer", "handover_accepted", "advised", "joined",
  "closed", "close_read", "reopened", "withdrawn", "erased", "expired",
] as const;

const WITH_INBOX = [
  "handover_offered", "handover_declined", "consulted", "join_invited", "parted", "consented", "identity_shared",
] as const;

const isOne = <N extends string>(names: readonly N[], name: string): name is N =>
  (names as readonly string[]).includes(name);

export function wordsOfEvent({ text, language }: Words, event: CaseEvent): string {
  const { type } = event;
  const inbox = event.inbox === undefined || event.inbox === "" ? text("by.unknown") : event.inbox;
  if (isOne(PLAIN, type)) {
    return text(`event.${type}`);
  }
  if (isOne(WITH_INBOX, type)) {
    return text(`event.${type}`, { inbox });
  }
  switch (type) {
    case "promise":
      return text("event.promise", { date: event.date === undefined ? "" : momentOf(event.date, language) });
    case "urgency_changed":
      return text("event.urgency_changed", { urgency: text(`urgency.${event.urgency ?? "no_hurry"}`) });
    case "overdue":
      return event.inbox === undefined ? text("event.overdue") : text("event.overdueIn", { inbox });
    default:
      return text("event.other");
  }
}

/** Who did it: the reporter, the relay or an inbox, and in it the professional. */
export function wordsOfActor({ text }: Words, { by, author }: CaseEvent): string {
  const who = by === "reporter" || by === "relay" ? text(`by.${by}`) : by === "" ? text("by.unknown") : by;
  return author === undefined ? who : `${author}, ${who}`;
}

/** What was said with it: how it ended, and the words. */
export const saidIn = ({ text }: Words, { outcome, text: words }: CaseEvent): readonly string[] =>
  [outcome === undefined ? "" : text(`outcome.${outcome}`), words ?? ""].filter((each) => each !== "");
