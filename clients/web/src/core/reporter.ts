/* COMMANDS.md §10 in types: the machine of somebody who reports, or returns. */
import type { Id, None, Time } from "./content.ts";
import type { CaseEvent, Identity, InboxRole, Signal, Urgency } from "./professional.ts";

/** The inbox that a signal goes to. */
export interface ReportInbox {
  inbox: Id;
  name: string;
  about: string;
  call: string;
  fingerprint: string;
  /** Its key came from a poster or a community, not from a page. */
  pinned: boolean;
  expired: boolean;
  /** The time until which somebody speaks, if it were sent now. */
  deadlines: { [U in Urgency]: Time };
  fallback: boolean;
}

/** Without one's own words. */
export interface ReportEvent extends CaseEvent {
  by_inbox?: Id;
  /** What an alarm is about. */
  unreadable?: boolean;
}

interface ReportAlarm {
  name: string;
  seq?: number;
  time: Time;
  text: string;
}

/** What a reporter may see of the case. */
export interface ReportCase {
  case: Id;
  state: "new" | "open" | "closed" | "erased";
  opened: boolean;
  withdrawn: boolean;
  urgency?: Urgency;
  /** Empty when nobody is. */
  owner: string;
  until?: Time;
  /** So far the relay's clock is ahead of this device's, if they differ: nobody can tell here which is wrong. */
  clock_ahead?: number;
  overdue: boolean;
  /** The time has passed and nobody has looked: call. */
  not_opened: boolean;
  /** Whom, if the inbox's card is known. */
  call?: string;
  parties: { inbox: Id; name: string; role: InboxRole; consented: boolean }[];
  timeline: ReportEvent[];
  alarms: ReportAlarm[];
  acts: (keyof ReporterCommands)[];
}

type WhichInbox =
  | { url: string; relay: string; link: string; pinned: boolean }
  | { url: string; relay: string; identity_key: Id; reading_key?: Id; pinned: boolean };

export interface ReporterCommands {
  open: { fields: WhichInbox; answer: ReportInbox };
  receipt: { fields: None; answer: { receipt: string; case: Id; event: Id } };
  send: {
    fields: { receipt: string; signal: Signal; identity?: Identity; fallback_knows?: boolean };
    answer: { case: Id; time: Time; until: Time; arrival: string };
  };
  return: { fields: { url: string; relay: string; receipt: string }; answer: ReportCase };
  answer: { fields: { text: string }; answer: None };
  worse: { fields: { urgency: Urgency; text?: string }; answer: None };
  goes_on: { fields: { urgency: Urgency; text?: string }; answer: None };
  withdraw: { fields: { text?: string }; answer: None };
  consent: { fields: { inbox: Id }; answer: None };
  seen: { fields: None; answer: None };
  erase: { fields: None; answer: None };
  check: { fields: { arrival: string }; answer: { held: boolean; found?: string } };
  forget: { fields: None; answer: None };
}

export interface ReporterQuestions {
  inbox: { fields: None; answer: ReportInbox };
  case: { fields: None; answer: ReportCase };
}

export type ReporterTell =
  | { tell: "sending" }
  | { tell: "connection"; state: "offline" | "waiting" | "connecting" | "online"; retry_at?: Time }
  | { tell: "moved"; fingerprint: string }
  | { tell: "case"; type: string; seq: number }
  | { tell: "late" }
  | { tell: "clock" }
  | ({ tell: "alarm" } & ReportAlarm);
