/* COMMANDS.md §10 in types: the machine of somebody who reports, or returns. */
import type { Id, None, Time } from "./commands.ts";
import type { CaseEvent, Identity, Signal, Urgency } from "./professional.ts";

/** The inbox that a signal goes to. */
export interface ReportInbox {
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

/** What a reporter may see of the case. */
export interface ReportCase {
  state: "new" | "open" | "closed" | "erased";
  opened: boolean;
  urgency: Urgency;
  /** Empty when nobody is. */
  owner: string;
  until?: Time;
  overdue: boolean;
  timeline: CaseEvent[];
  alarms: { name: string; text: string }[];
  acts: (keyof ReporterCommands)[];
}

type WhichInbox =
  | { url: string; relay: string; link: string; pinned: boolean }
  | { url: string; relay: string; identity_key: Id; reading_key: Id; pinned: boolean };

export interface ReporterCommands {
  open: { fields: WhichInbox; answer: ReportInbox };
  receipt: { fields: None; answer: { receipt: string } };
  send: {
    fields: { receipt: string; signal: Signal; identity?: Identity };
    answer: { case: Id; time: Time; until: Time; arrival: string };
  };
  return: { fields: { url: string; relay: string; receipt: string }; answer: ReportCase };
  answer: { fields: { text: string }; answer: None };
  worse: { fields: { urgency: Urgency; text: string }; answer: None };
  goes_on: { fields: { urgency: Urgency; text: string }; answer: None };
  withdraw: { fields: { text?: string }; answer: None };
  consent: { fields: { inbox: Id }; answer: None };
  seen: { fields: None; answer: None };
  erase: { fields: None; answer: None };
  check: { fields: { arrival: string }; answer: { held: boolean } };
  forget: { fields: None; answer: None };
}

export interface ReporterQuestions {
  inbox: { fields: None; answer: ReportInbox };
  case: { fields: None; answer: ReportCase };
}

export type ReporterTell =
  | { tell: "sending" }
  | { tell: "connection"; state: "offline" | "connecting" | "online"; retry_at?: Time }
  | { tell: "changed"; what: keyof ReporterQuestions }
  | { tell: "alarm"; name: string; text: string };
