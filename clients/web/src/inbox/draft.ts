/* What is filled in for an inbox: its beginning, what is wrong with it, the settings that it becomes. */
import type { Deadline, InboxSettings, Urgency } from "../core/professional.ts";
import { type Fault, notLonger, required } from "../form/validate.ts";
import { datesOf, spansOf, textOfDates, textOfSpans } from "./hours.ts";
import { isInboxLink } from "./links.ts";
import { offsetsOf } from "./zone.ts";

export const URGENCIES = ["danger_now", "today", "this_week", "no_hurry"] as const satisfies readonly Urgency[];
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Characters; the core's limits count bytes. */
const LINE_MAX = 80;
export const ABOUT_MAX = 1500;

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

export interface InboxDraft {
  readonly name: string;
  readonly about: string;
  /** Whom to call when nobody opens what was sent. */
  readonly call: string;
  readonly zone: string;
  /** From Monday, each as text. */
  readonly days: readonly string[];
  readonly closed: string;
  readonly deadlines: InboxSettings["deadlines"];
  readonly limits: LimitSettings;
  /** A link; empty: none, or as it is. */
  readonly fallback: string;
  readonly dropsFallback: boolean;
}

const hours = (acknowledge: number, followUp: number, continuous: boolean): Deadline =>
  ({ acknowledge: acknowledge * HOUR_S, follow_up: followUp * HOUR_S, continuous });

/** What the core would choose, so that it can be seen and changed. */
export const newDraft = (zone: string): InboxDraft => ({
  name: "",
  about: "",
  call: "",
  zone,
  days: DAYS.map((_, day) => (day < 5 ? "9:00-17:00" : "")),
  closed: "",
  deadlines: {
    danger_now: hours(1, 24, true),
    today: hours(8, 48, true),
    this_week: hours(16, 40, false),
    no_hurry: hours(40, 80, false),
  },
  limits: { promise_s: 31 * DAY_S, promises: 3, retention_s: 183 * DAY_S, retention_unread_s: 366 * DAY_S },
  fallback: "",
  dropsFallback: false,
});

const limitsOf = ({ promise_s, promises, retention_s, retention_unread_s }: LimitSettings): LimitSettings =>
  ({ promise_s, promises, retention_s, retention_unread_s });

export const draftOf = (settings: InboxSettings): InboxDraft => ({
  name: settings.name,
  about: settings.about,
  call: settings.call,
  zone: settings.zone,
  days: settings.days.map(textOfSpans),
  closed: textOfDates(settings.closed),
  deadlines: settings.deadlines,
  limits: limitsOf(settings),
  fallback: "",
  dropsFallback: false,
});

// ---- What is wrong -------------------------------------------------------------------------

/** By the id of the field; the parts of the form in its order. */
export type DraftFaults = Readonly<Record<string, Fault | undefined>>;

const WRONG: Fault = { key: "form.wrong" };

const line = (text: string): Fault | undefined => required(text) ?? notLonger(text, LINE_MAX);

export const aboutFaults = ({ name, about, call }: InboxDraft): DraftFaults => ({
  name: line(name),
  about: required(about) ?? notLonger(about, ABOUT_MAX),
  call: line(call),
});

const hasHours = ({ days }: InboxDraft): boolean => days.some((day) => day.trim() !== "");
const needsHours = ({ deadlines }: InboxDraft): boolean =>
  URGENCIES.some((urgency) => !deadlines[urgency].continuous);

export function hoursFaults(draft: InboxDraft): DraftFaults {
  const faults: Record<string, Fault | undefined> = {};
  draft.days.forEach((day, i) => {
    faults[DAYS[i]!] = spansOf(day) === undefined ? WRONG : undefined;
  });
  if (!hasHours(draft) && needsHours(draft)) {
    faults[DAYS[0]] = { key: "form.required" };
  }
  faults.closed = datesOf(draft.closed) === undefined ? WRONG : undefined;
  return faults;
}

export const deadlineFaults = (draft: InboxDraft): DraftFaults => ({
  // A clock that runs in office hours only needs some.
  ...(hasHours(draft) ? {} : Object.fromEntries(URGENCIES.map((urgency) =>
    [`${urgency}-clock`, draft.deadlines[urgency].continuous ? undefined : WRONG]))),
  fallback: draft.fallback.trim() === "" || isInboxLink(draft.fallback) ? undefined : WRONG,
});

/** What nobody has read is kept no shorter than what somebody has. */
export const limitFaults = ({ limits }: InboxDraft): DraftFaults => ({
  retention_unread_s: limits.retention_unread_s < limits.retention_s ? WRONG : undefined,
});

// ---- What it becomes -----------------------------------------------------------------------

type AboutSettings = Pick<InboxSettings, "name" | "about" | "call">;
type HoursSettings = Pick<InboxSettings, "zone" | "offsets" | "days" | "closed">;
type DeadlineSettings = Pick<InboxSettings, "deadlines" | "fallback">;
/** How far and how often a date may be promised, and how long a closed case is kept. */
type LimitSettings = Pick<InboxSettings, "promise_s" | "promises" | "retention_s" | "retention_unread_s">;

export const aboutSettings = ({ name, about, call }: InboxDraft): AboutSettings =>
  ({ name: name.trim(), about: about.trim(), call: call.trim() });

/** Of a draft without faults. */
export const hoursSettings = ({ zone, days, closed }: InboxDraft, now: number): HoursSettings => ({
  zone,
  offsets: offsetsOf(zone, now),
  days: days.map((day) => spansOf(day)!),
  closed: datesOf(closed)!,
});

export const deadlineSettings = ({ deadlines, fallback, dropsFallback }: InboxDraft): DeadlineSettings => ({
  deadlines,
  ...(dropsFallback ? { fallback: "" } : fallback.trim() === "" ? {} : { fallback: fallback.trim() }),
});

// ---- Spans of time to choose from ----------------------------------------------------------

const inUnits = (unit: number, ...numbers: readonly number[]): readonly number[] => numbers.map((each) => each * unit);

/** Seconds; the longest are those of a record. */
const CHOICES = {
  running: inUnits(HOUR_S, 1, 2, 4, 8, 12, 24, 48, 72, 168),
  office: inUnits(HOUR_S, 1, 2, 4, 8, 16, 24, 40, 80, 200, 400),
  promise: inUnits(DAY_S, 7, 14, 31, 61, 92),
  retention: inUnits(DAY_S, 31, 92, 183, 366, 731, 1827, 3660),
  times: [1, 2, 3, 4, 6, 8, 12, 16],
};

/** The present choice among them. */
export const choicesOf = (what: keyof typeof CHOICES, current: number): number[] =>
  [...new Set([...CHOICES[what], current])].sort((a, b) => a - b);

/** The catalogue's words for it and their number. */
export function wordsOf(seconds: number, continuous: boolean): {
  key: "inbox.span.seconds" | "inbox.span.minutes" | "inbox.span.hours" | "inbox.span.officeHours" | "inbox.span.days";
  n: number;
} {
  if (seconds % 60 !== 0) {
    return { key: "inbox.span.seconds", n: seconds };
  }
  if (seconds % HOUR_S !== 0) {
    return { key: "inbox.span.minutes", n: seconds / 60 };
  }
  const n = seconds / HOUR_S;
  if (!continuous) {
    return { key: "inbox.span.officeHours", n };
  }
  return n >= 48 && n % 24 === 0 ? { key: "inbox.span.days", n: n / 24 } : { key: "inbox.span.hours", n };
}
