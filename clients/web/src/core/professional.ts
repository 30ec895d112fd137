/* COMMANDS.md §9 in types: inboxes and cases, for professionals. */
import type { Category, Frequency, Id, None, Since, Time } from "./content.ts";

export type Urgency = "danger_now" | "today" | "this_week" | "no_hurry";

export type Outcome =
  | "help_started" | "help_already" | "advice_given" | "reported_on" | "not_confirmed" | "no_ground"
  | "not_found" | "other";

type AtRisk = "child" | "adult" | "older" | "reporter" | "animal" | "unknown";
type YesNo = "yes" | "no" | "unknown";

/** What a reporter says; §10. */
export interface Signal {
  kind: "advice" | "anonymous" | "named";
  urgency: Urgency;
  category: Category;
  at_risk: AtRisk[];
  /** null: not known. */
  ages?: (number | null)[];
  since?: Since;
  how_often?: Frequency;
  danger_now: YesNo;
  weapons: YesNo;
  family_knows: YesNo;
  street?: string;
  number?: number;
  addition?: string;
  postcode?: string;
  town?: string;
  seen: string;
  who?: string;
  tried?: string;
  reach: "not" | "receipt" | "identity";
  reach_when?: string;
  origin?: "community" | "poster" | "site";
  /** Inboxes that must not learn of it: links or ids. */
  excluded?: string[];
  language?: string;
}

export interface Identity {
  name?: string;
  contact?: string;
  certificate?: string;
  proof?: string;
}

export interface Deadline {
  /** Seconds. */
  acknowledge: number;
  follow_up: number;
  /** Day and night, not in office hours. */
  continuous: boolean;
}

/** From when on, and minutes east of UTC. */
export type Offset = readonly [from: Time, minutes: number];

/** Minutes of a day. */
export type Span = readonly [from: number, to: number];

export interface InboxSettings {
  name: string;
  about: string;
  call: string;
  /** IANA. */
  zone: string;
  /** The zone's for as long as the record is valid, at most 8. */
  offsets: readonly Offset[];
  /** Seven days from Monday. */
  days: readonly (readonly Span[])[];
  /** YYYY-MM-DD */
  closed: readonly string[];
  deadlines: { [U in Urgency]: Deadline };
  promise_s: number;
  promises: number;
  retention_s: number;
  retention_unread_s: number;
  /** A link; empty: none any more. Not in answers: there OwnInbox has it. */
  fallback?: string;
}

/** With one inbox it may be left out. */
interface OfInbox {
  inbox?: Id;
}

interface OnCase {
  case: Id;
  text: string;
  kept?: string;
}

export interface ProfessionalCommands {
  /** With the account's name. */
  professional_card: { fields: None; answer: { card: string } };
  inbox_create: {
    fields: { grant: string; settings: Partial<InboxSettings> & { name: string } };
    answer: { inbox: Id; fingerprint: string; recovery: string };
  };
  inbox_set: { fields: OfInbox & { settings: Partial<InboxSettings> }; answer: None };
  inbox_add: { fields: OfInbox & { card: string; administrator?: boolean }; answer: None };
  inbox_drop: { fields: OfInbox & { account: Id }; answer: None };
  inbox_rotate: { fields: OfInbox; answer: None };
  /** To the one that takes over; for ever. */
  inbox_move: { fields: OfInbox & { link: string }; answer: None };
  /** New ones, to be on paper before they are given to one of the next two. */
  recovery_digits: { fields: None; answer: { recovery: string } };
  inbox_recovery_key: { fields: OfInbox & { recovery: string }; answer: None };
  /** `name` is one's own in the team, `next` the digits from then on. */
  inbox_recover: { fields: { link: string; recovery: string; next: string; name: string }; answer: { inbox: Id } };
  inbox_notice: {
    fields: OfInbox & { kind: NoticeKind; title: string; text: string; until?: Time };
    answer: { event: Id };
  };
  acknowledge: { fields: OnCase; answer: None };
  follow_up: { fields: OnCase; answer: None };
  question: { fields: OnCase; answer: None };
  promise: { fields: OnCase & { date: Time }; answer: None };
  urgency: { fields: OnCase & { urgency: Urgency }; answer: None };
  hand_over: { fields: OnCase & { to: string }; answer: None };
  accept: { fields: OnCase; answer: None };
  decline: { fields: OnCase; answer: None };
  consult: { fields: OnCase & { to: string }; answer: None };
  advise: { fields: OnCase; answer: None };
  invite_inbox: { fields: OnCase & { to: string }; answer: None };
  part: { fields: OnCase & OfInbox; answer: None };
  note: { fields: OnCase; answer: None };
  assign: { fields: { case: Id; account: Id }; answer: None };
  close: { fields: OnCase & { outcome: Outcome }; answer: None };
  reopen: { fields: OnCase & { urgency: Urgency }; answer: None };
  share_identity: { fields: { case: Id; inbox: Id }; answer: None };
  erase: { fields: { case: Id }; answer: None };
  case_read: { fields: { case: Id; seq: number }; answer: None };
}

export interface OwnInbox {
  inbox: Id;
  name: string;
  fingerprint: string;
  /** Once its newest record could be opened. */
  link?: string;
  administrator: boolean;
  number: number;
  expires: Time;
  open: number;
  overdue: number;
  /** To another, for ever: its record cannot be changed any more. */
  moved: boolean;
  fallback?: string;
}

export interface TeamMember {
  account: Id;
  name: string;
  administrator: boolean;
  me: boolean;
}

export type InboxRole =
  | "owner" | "joined" | "offered" | "invited" | "consulted" | "fallback" | "former" | "none";

type CaseState = "none" | "new" | "open" | "closed" | "erased";

/** A row of the list of cases. */
export interface CaseRow {
  case: Id;
  /** The own one; none where one was let in no more. */
  inbox?: Id;
  role: InboxRole;
  state: CaseState;
  urgency: Urgency;
  /** When its clock runs out. */
  until?: Time;
  /** Of a closed one: when the relay deletes it. */
  kept_until?: Time;
  /** Of a closed one: nobody erases it sooner, for the reporter has not read the closing word. */
  word_unread?: boolean;
  overdue: boolean;
  since: Time;
  kind?: Signal["kind"];
  category?: Category;
  place?: string;
  verified: boolean;
  assigned?: Id;
  /** How many earlier signals there are on the same address. */
  earlier: number;
  last: string;
  last_time: Time;
  /** Events that have not been seen. */
  unread: number;
  opened: boolean;
  /** The relay was caught at a lie about it: nothing can be done in it. */
  distrusted: boolean;
}

export interface CaseEvent {
  seq: number;
  time: Time;
  type: string;
  /** "reporter", "relay", or an inbox's name. */
  by: string;
  /** By this account. */
  me?: boolean;
  author?: string;
  text?: string;
  outcome?: Outcome;
  date?: Time;
  inbox?: string;
  urgency?: Urgency;
  until?: Time;
}

/** Of the same address. */
type EarlierSignal = Pick<CaseRow, "case" | "since" | "kind" | "category" | "place" | "state" | "opened">;

export interface Case extends CaseRow {
  signal?: Signal;
  identity?: Identity;
  parties: { inbox: Id; name: string; role: InboxRole; consented: boolean }[];
  timeline: CaseEvent[];
  notes: { time: Time; author: string; text?: string; assigned?: Id }[];
  earlier_signals: EarlierSignal[];
  /** What may be done now, by command. */
  acts: (keyof ProfessionalCommands)[];
}

export type NoticeKind = "notice" | "guidance";

/** What an inbox has published. */
export interface OwnNotice {
  event: Id;
  kind: NoticeKind;
  title: string;
  text: string;
  made: Time;
  until?: Time;
  expired: boolean;
}

/** As a member of a neighbourhood that trusts the inbox reads it. */
export interface InboxNotice extends OwnNotice {
  /** Of the message that brought it. */
  seq: number;
  inbox: Id;
  /** Of the inbox, as the neighbourhood's policy has it. */
  name: string;
  /** The professional, for who is in the team too. */
  by?: string;
}

export interface ProfessionalQuestions {
  own_inboxes: { fields: None; answer: { inboxes: OwnInbox[] } };
  inbox: {
    fields: OfInbox;
    answer: {
      settings: InboxSettings;
      team: TeamMember[];
      link?: string;
      fingerprint: string;
      sealing_number: number;
      /** There are digits; and so long those of before are good, too. */
      recovery: boolean;
      former_until?: Time;
      expires: Time;
    };
  };
  cases: {
    fields: OfInbox & { show?: "open" | "mine" | "overdue" | "closed" | "all"; find?: string };
    answer: { cases: CaseRow[] };
  };
  case: { fields: { case: Id }; answer: Case };
  own_notices: { fields: OfInbox; answer: { notices: OwnNotice[] } };
}

export type CaseTell =
  | { tell: "case"; case: Id; inbox: Id; type: string; seq: number }
  | { tell: "late"; case: Id }
  /** Its record runs out: the zone's offsets by inbox_set, or the machine keeps those it has, which
   * are the browser's for years (zone.ts). */
  | { tell: "renew"; inbox: Id; zone: string; expires: Time };
