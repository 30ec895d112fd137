/* What a reporter has filled in, which questions there are, and the signal that it becomes: the fields
 * of CASES.md §4. It is in memory only. */
import type { Identity, Signal } from "../core/professional.ts";
import type { Since } from "../core/content.ts";
import {
  type DateFields, EMPTY_DATE, type Fault, chosen, dateOfFields, notLonger, pastDate, required,
} from "../form/validate.ts";

/** The answers of each question that has a few; the words are in the catalogue. */
export const CHOICES = {
  kind: ["advice", "anonymous", "named"],
  danger_now: ["yes", "no", "unknown"],
  urgency: ["today", "this_week", "no_hurry"],
  category: ["shouting", "violence", "child", "neglect", "older_person", "not_seen", "threat", "other"],
  at_risk: ["child", "adult", "older", "reporter", "animal", "unknown"],
  how_often: ["once", "several", "weekly", "daily", "now", "not_said"],
  weapons: ["yes", "no", "unknown"],
  family_knows: ["yes", "no", "unknown"],
  reach: ["receipt", "not"],
  fallback_knows: ["yes", "no"],
} as const;

export type ChoiceId = Exclude<keyof typeof CHOICES, "at_risk" | "fallback_knows">;
type WordsId = "seen" | "who" | "tried";
export type QuestionId = ChoiceId | WordsId | "at_risk" | "ages" | "since" | "address" | "excluded" | "identity";

type Answer<K extends keyof typeof CHOICES> = (typeof CHOICES)[K][number] | "";

/** Empty: not answered. */
export type Draft = {
  readonly [K in ChoiceId | "fallback_knows"]: Answer<K>;
} & {
  readonly [K in WordsId | AddressField | IdentityField]: string;
} & {
  readonly at_risk: readonly string[];
  /** As somebody writes them: "4, 7". */
  readonly ages: string;
  readonly since: DateFields;
  /** The inboxes that were not chosen, and the links of those that must not learn of it. */
  readonly others: readonly { readonly link: string; readonly name: string }[];
  readonly excluded: readonly string[];
};

export const ADDRESS = ["street", "number", "addition", "postcode", "town"] as const;
export const IDENTITY = ["name", "contact", "reach_when"] as const;
type AddressField = (typeof ADDRESS)[number];
type IdentityField = (typeof IDENTITY)[number];

export const EMPTY_DRAFT: Draft = {
  kind: "", danger_now: "", urgency: "", category: "", at_risk: [], ages: "", since: EMPTY_DATE,
  how_often: "", weapons: "", family_knows: "", reach: "", fallback_knows: "",
  seen: "", who: "", tried: "",
  street: "", number: "", addition: "", postcode: "", town: "",
  name: "", contact: "", reach_when: "",
  others: [], excluded: [],
};

/** In bytes, which is characters for most; other scripts reach it sooner. */
export const LONGEST: { readonly [K in WordsId]: number } = { seen: 4000, who: 1000, tried: 1000 };

const MAX_LINE = 100;
const MAX_WHEN = 300;
const MAX_AGE = 120;
const MAX_AGES = 16;
const POSTCODE = /^[1-9]\d{3}\s*[A-Za-z]{2}$/;
const HOUSE_NUMBER = /^[1-9]\d{0,4}$/;

/** The questions of this draft, in order. Advice is about a situation and names nobody. */
export function questionsOf(draft: Draft): readonly QuestionId[] {
  const isAdvice = draft.kind === "advice";
  const questions: (QuestionId | false)[] = [
    "kind",
    "danger_now",
    draft.danger_now !== "yes" && "urgency",
    "category",
    "seen",
    "at_risk",
    !isAdvice && draft.at_risk.includes("child") && "ages",
    !isAdvice && "since",
    "how_often",
    "weapons",
    !isAdvice && "address",
    !isAdvice && "who",
    "tried",
    !isAdvice && "family_knows",
    draft.others.length > 0 && "excluded",
    draft.kind === "named" ? "identity" : "reach",
  ];
  return questions.filter((question): question is QuestionId => question !== false);
}

// ---- Checks ----------------------------------------------------------------------------------

const WRONG: Fault = { key: "form.wrong" };

const matches = (text: string, pattern: RegExp): Fault | undefined =>
  text.trim() === "" || pattern.test(text.trim()) ? undefined : WRONG;

/** undefined if it cannot be read. */
function agesOf(text: string): number[] | undefined {
  const ages = text.split(/[\s,;.]+/).filter((part) => part !== "").map(Number);
  const isRight = ages.every((age) => Number.isInteger(age) && age >= 0 && age <= MAX_AGE);
  return isRight && ages.length <= MAX_AGES ? ages : undefined;
}

/** A year, a month of a year, or a day: what is left open is its first. */
const filledDate = ({ day, month, year }: DateFields): DateFields => ({
  year,
  month: month === "" && day === "" ? "1" : month,
  day: day === "" ? "1" : day,
});

const isEmptyDate = ({ day, month, year }: DateFields): boolean => day === "" && month === "" && year === "";

function sinceFault(since: DateFields, now: number): Fault | undefined {
  return isEmptyDate(since) ? undefined : pastDate(filledDate(since), now);
}

/** The relay counts bytes. */
const tooManyBytes = (text: string, max: number): Fault | undefined =>
  notLonger(text, max) ?? (new TextEncoder().encode(text).length > max ? { key: "form.wrong" } : undefined);

/** What is wrong with the answer to a question, by the ids of its fields. */
export function faultsOf(question: QuestionId, draft: Draft, now: number): Record<string, Fault | undefined> {
  switch (question) {
    case "seen":
      return { seen: required(draft.seen) ?? tooManyBytes(draft.seen, LONGEST.seen) };
    case "who":
    case "tried":
      return { [question]: tooManyBytes(draft[question], LONGEST[question]) };
    case "ages":
      return { ages: agesOf(draft.ages) === undefined ? WRONG : undefined };
    case "since":
      return { since: sinceFault(draft.since, now) };
    case "excluded":
      return {};
    case "address":
      return {
        street: tooManyBytes(draft.street, MAX_LINE),
        number: matches(draft.number, HOUSE_NUMBER) ??
          (draft.number.trim() === "" && draft.addition.trim() !== "" ? { key: "form.required" } : undefined),
        addition: notLonger(draft.addition, 10),
        postcode: matches(draft.postcode, POSTCODE),
        town: tooManyBytes(draft.town, MAX_LINE),
      };
    case "identity":
      return {
        name: required(draft.name) ?? tooManyBytes(draft.name, MAX_LINE),
        contact: tooManyBytes(draft.contact, MAX_WHEN),
        reach_when: tooManyBytes(draft.reach_when, MAX_WHEN),
        fallback_knows: chosen(draft.fallback_knows),
      };
    default:
      return { [question]: chosen(draft[question]) };
  }
}

// ---- The signal ------------------------------------------------------------------------------

function sinceOf(since: DateFields): Since | undefined {
  const time = isEmptyDate(since) ? undefined : dateOfFields(filledDate(since));
  const precision = since.month === "" ? "year" : since.day === "" ? "month" : "day";
  return time === undefined ? undefined : { precision, time };
}

/** Of texts those that are filled in. */
function filled<K extends keyof Draft>(draft: Draft, names: readonly K[]): Partial<Record<K, string>> {
  const entries = names.map((name) => [name, String(draft[name]).trim()] as const);
  return Object.fromEntries(entries.filter(([, text]) => text !== "")) as Partial<Record<K, string>>;
}

function addressOf(draft: Draft): Pick<Signal, AddressField> {
  const number = Number(draft.number);
  return {
    ...filled(draft, ["street", "addition", "postcode", "town"]),
    ...(number === 0 ? {} : { number }),
  };
}

/** Of a draft whose questions are answered; what is not asked is not known. */
export function signalOf(draft: Draft, origin: NonNullable<Signal["origin"]>, language: string): Signal {
  const asked = new Set(questionsOf(draft));
  const since = asked.has("since") ? sinceOf(draft.since) : undefined;
  const ages = asked.has("ages") ? agesOf(draft.ages) ?? [] : [];
  const isNamed = draft.kind === "named";
  return {
    kind: draft.kind as Signal["kind"],
    urgency: draft.danger_now === "yes" ? "danger_now" : draft.urgency as Signal["urgency"],
    category: draft.category as Signal["category"],
    at_risk: [...draft.at_risk] as Signal["at_risk"],
    danger_now: draft.danger_now as Signal["danger_now"],
    weapons: draft.weapons as Signal["weapons"],
    family_knows: asked.has("family_knows") ? draft.family_knows as Signal["family_knows"] : "unknown",
    how_often: draft.how_often as NonNullable<Signal["how_often"]>,
    ...(since === undefined ? {} : { since }),
    ...(ages.length === 0 ? {} : { ages }),
    ...(asked.has("address") ? addressOf(draft) : {}),
    ...(asked.has("who") ? filled(draft, ["who"]) : {}),
    ...filled(draft, ["tried"]),
    ...(draft.excluded.length === 0 ? {} : { excluded: [...draft.excluded] }),
    ...(isNamed ? filled(draft, ["reach_when"]) : {}),
    seen: draft.seen.trim(),
    reach: isNamed ? (draft.contact.trim() === "" ? "receipt" : "identity") : draft.reach as Signal["reach"],
    origin,
    language,
  };
}

/** Only of a named signal. */
export const identityOf = (draft: Draft): Identity | undefined =>
  draft.kind === "named" ? filled(draft, ["name", "contact"]) : undefined;

/** The question that a field of the machine's refusal is asked in. */
export function questionOfField(field: string | undefined): QuestionId | undefined {
  if ((ADDRESS as readonly string[]).includes(field ?? "")) {
    return "address";
  }
  if (field === "identity" || (IDENTITY as readonly string[]).includes(field ?? "")) {
    return "identity";
  }
  return (Object.keys(CHOICES) as string[]).concat("seen", "who", "tried", "ages", "since", "excluded")
    .find((id) => id === field) as QuestionId | undefined;
}
