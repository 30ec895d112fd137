/* clients/core/COMMANDS.md in types: what may be said to the machine and what it says. Nothing in
 * here runs. tests/web holds the names against the page. content.ts has what is posted, professional.ts
 * §9, reporter.ts §10. */
import type { Id, None, Post, PostFields, PostKind, Time } from "./content.ts";
import type { CaseTell, InboxNotice, ProfessionalCommands, ProfessionalQuestions } from "./professional.ts";

/** `error` is a code of PROTOCOL.md §7 or a name of include/kring/err.h. */
export interface Refusal {
  error: string;
  text?: string;
  /** Which one of a reporter's answers is wrong, §10. */
  field?: string;
}

// ---- Commands --------------------------------------------------------------------------------

interface InCommunity {
  community: Id;
}

interface InGroup {
  group: Id;
}

interface WithAccount extends InCommunity {
  account: Id;
}

interface WithReason extends WithAccount {
  reason: string;
}

/** For each command its fields and its answer. */
export interface Commands extends ProfessionalCommands {
  // Beginning
  init: {
    fields: { url: string; relay: string; name: string; app?: string };
    answer: { account: Id; device: Id };
  };
  rename: { fields: { name: string }; answer: None };
  connect: { fields: None; answer: None };
  sync: { fields: None; answer: { events: number } };
  founder_card: { fields: None; answer: { card: string } };
  found_prepare: {
    fields: { name: string; cards?: string[]; recovery: boolean };
    answer: { content: string; recovery?: string };
  };
  found_sign: { fields: { content: string }; answer: { signature: string } };
  found: {
    fields: { grant: string; content: string; signatures?: string[] };
    answer: { community: Id };
  };
  join: { fields: { link: string; name: string; check: string }; answer: { community: Id } };
  recover_grant: { fields: { community: Id; recovery: string; card: string }; answer: None };
  // Community
  invite: {
    fields: { community: Id; uses?: number; hours?: number };
    answer: { link: string; key: Id; until: Time };
  };
  revoke_invite: { fields: { community: Id; key: Id }; answer: None };
  admit: { fields: WithAccount; answer: None };
  refuse: { fields: WithReason; answer: None };
  offer_coordinator: { fields: InCommunity; answer: None };
  grant: { fields: WithAccount & { card?: string }; answer: None };
  withdraw: { fields: WithAccount; answer: None };
  remove: { fields: WithReason; answer: None };
  mute: { fields: WithReason & { minutes: number }; answer: None };
  slow_mode: { fields: { community: Id; group?: Id; seconds: number }; answer: None };
  take_down: {
    fields: { community: Id; group?: Id; author: Id; event: Id; reason: string };
    answer: None;
  };
  set_rules: { fields: { community: Id; text: string }; answer: None };
  guide: {
    fields: { community: Id; group?: Id; text: string; pinned: boolean };
    answer: None;
  };
  trust_inbox: {
    /** With `link`, members may read the inbox's notices and write to it by link; without `name` it is
     * the one that the inbox gives itself. */
    fields: InCommunity & ({ link: string; name?: string } | { identity_key: Id; name: string; relay?: string });
    answer: { fingerprint: string; name: string };
  };
  distrust_inbox: { fields: { community: Id; identity_key: Id }; answer: None };
  leave: { fields: InCommunity; answer: None };
  delete_account: { fields: None; answer: None };
  // Groups
  circle: {
    fields: { community: Id; name: string; accounts: Id[] };
    answer: { group: Id };
  };
  circle_add: { fields: { group: Id; account: Id }; answer: None };
  circle_remove: { fields: { group: Id; account: Id }; answer: None };
  circle_admin: { fields: { group: Id; account: Id; admin: boolean }; answer: None };
  circle_rename: { fields: { group: Id; name: string }; answer: None };
  circle_leave: { fields: InGroup; answer: None };
  post: { fields: Post; answer: { event: Id; seq: number; time: Time } };
  read: { fields: { group: Id; seq: number }; answer: None };
  heal: { fields: InGroup; answer: None };
  refresh: { fields: InGroup; answer: None };
  // Devices
  device_link: { fields: None; answer: { link: string } };
  device_accept: { fields: { link: string; name: string }; answer: { card: string; account: Id } };
  device_add: { fields: { card: string }; answer: None };
  device_remove: { fields: { device: Id }; answer: None };
  // For a reporter's machine, §10: that one is a neighbour
  vouch: {
    fields: { community?: Id; case: Id; event: Id };
    answer: { certificate: string; proof: string };
  };
  // For the interface itself
  keep: { fields: KeptScope & { name: string; text: string; op?: Id }; answer: None };
  // Alarms
  dismiss: { fields: { alarm: number }; answer: None };
}

// ---- What is told ----------------------------------------------------------------------------

type Connection = "offline" | "connecting" | "online";

export type Tell =
  | { tell: "queued"; op: string; command: number }
  | { tell: "connection"; state: Connection; retry_at?: Time }
  | { tell: "progress"; what: string; done: number; total: number }
  | { tell: "message"; group: Id; seq: number }
  | { tell: "changed"; what: QuestionName; community?: Id; group?: Id }
  | { tell: "admitted"; community: Id }
  | { tell: "refused"; community: Id; reason: string }
  | { tell: "removed"; community?: Id; group?: Id }
  | { tell: "moderated"; group: Id; seq: number; reason: string }
  | ({ tell: "alarm" } & Alarm)
  | { tell: "failed"; op: string; error: string; text: string }
  | CaseTell;

// ---- Questions -------------------------------------------------------------------------------

interface Status {
  account?: Id;
  device: Id;
  name: string;
  relay: string;
  url: string;
  connection: Connection;
  outbox: number;
  alarms: number;
  communities: number;
  caught_up: boolean;
}

export interface Community {
  community: Id;
  group?: Id;
  name: string;
  role: "asked" | "refused" | "resident" | "coordinator" | "removed" | "left";
  members: number;
  coordinators: number;
  muted_until?: Time;
  slow_mode: number;
  requests?: number;
  /** Of the refusal. */
  reason?: string;
}

export interface Member {
  account: Id;
  name: string;
  same_name: boolean;
  role: string;
  since: Time;
  devices: number;
  in_group: boolean;
  muted_until?: Time;
  me: boolean;
  /** Of group_members only. */
  admin?: boolean;
}

export interface JoinRequest {
  account: Id;
  name: string;
  check: string;
  asked: Time;
  invited_by: Id;
  key: Id;
}

export interface Invitation {
  key: Id;
  by: Id;
  until: Time;
  uses: number;
  used: number;
  state: "open" | "used" | "expired" | "revoked";
}

export interface LogEntry {
  seq: number;
  time: Time;
  by: Id;
  what: string;
  account?: Id;
  reason?: string;
  until?: Time;
}

export interface Inbox {
  identity_key: Id;
  /** Its id. */
  inbox: Id;
  name: string;
  relay: string;
  fingerprint: string;
  /** Where the neighbourhood knows how to read its card. */
  link?: string;
}

export interface Group {
  group: Id;
  community: Id;
  name: string;
  main: boolean;
  members: number;
  admin: boolean;
  state: "making" | "in" | "stranded" | "left" | "removed";
  epoch: number;
  unread: number;
  last: Time;
}

interface MessageBase {
  seq: number;
  time: Time;
  author: Id;
  name: string;
  me: boolean;
  event: Id;
  edited: boolean;
  retracted: boolean;
  taken_down?: string;
  corroborations: number;
  corroborated: boolean;
  comments: number;
  called_112: number;
  written: Time;
  pending: boolean;
}

/** What a group's feed holds, by kind. */
export type Message = MessageBase & (
  | { [K in PostKind]: { kind: K } & PostFields[K] }[PostKind]
  | { kind: "guidance"; text?: string }
  | { kind: "unknown"; kind_number: number }
  | { kind: "unreadable"; fault: "no_key" | "false" | "voided" | "newer" }
);

export type MessageWithThread = Message & { thread: Message[]; earlier: { text?: string }[] };

interface Guidance {
  text: string;
  pinned: boolean;
  by: Id;
  time: Time;
}

export interface OutboxEntry {
  op: string;
  what: string;
  since: Time;
  state: "waiting" | "sent";
  group?: Id;
  case?: Id;
  text?: string;
}

/** A command that waits in memory for a connection: it is not in the outbox yet. */
export interface Held {
  what: string;
  since: Time;
  case?: Id;
}

/** What something is kept for: it goes with a community that is left, a case that is erased. */
export type KeptScope = { community?: Id } | { case?: Id };

/** Something of the interface's own. */
export interface Kept {
  name: string;
  community?: Id;
  case?: Id;
  text: string;
  time: Time;
  /** It is in the outbox, or was refused. */
  op?: Id;
  /** Why it was refused. */
  error?: string;
}

export interface Alarm {
  alarm: number;
  name: AlarmName;
  time: Time;
  topic?: string;
  seq?: number;
  account?: Id;
  text: string;
  dismissed: boolean;
}

export type AlarmName =
  | "hash_mismatch" | "history_rewritten" | "fork" | "head_mismatch" | "unsigned"
  | "invitation_swapped" | "key_package_swapped" | "uncertified_leaf" | "overstep"
  | "routing_mismatch" | "false_event" | "garbage_commit" | "foreign_commit" | "rolled_back"
  | "relay_changed" | "incarnation_lost" | "inbox_replaced"
  | "case_order" | "case_fork" | "case_head" | "case_signature" | "case_record" | "case_state"
  | "case_recipients" | "case_relay_word" | "case_clock" | "wrap_changed" | "wrap_early";

/** What was found out about a case; CASES.md §10. */
export type CaseAlarmName = Extract<AlarmName, `case_${string}` | `wrap_${string}`>;

/** For each question its fields and its answer. */
export interface Questions extends ProfessionalQuestions {
  status: { fields: None; answer: Status };
  communities: { fields: None; answer: { communities: Community[] } };
  members: { fields: InCommunity; answer: { members: Member[] } };
  requests: { fields: InCommunity; answer: { requests: JoinRequest[] } };
  invitations: { fields: InCommunity; answer: { invitations: Invitation[] } };
  log: { fields: InCommunity; answer: { entries: LogEntry[] } };
  rules: { fields: InCommunity; answer: { text: string; since: Time } };
  inboxes: { fields: InCommunity; answer: { inboxes: Inbox[] } };
  notices: { fields: InCommunity; answer: { notices: InboxNotice[] } };
  groups: { fields: { community?: Id }; answer: { groups: Group[] } };
  group_members: { fields: InGroup; answer: { members: Member[] } };
  feed: {
    fields: { group: Id; show?: "concerns" | "chat" | "all"; before?: number; max?: number };
    answer: { messages: Message[]; more: boolean };
  };
  message: { fields: { group: Id; author: Id; event: Id }; answer: MessageWithThread };
  guidance: { fields: InGroup; answer: { guidance: Guidance[] } };
  safety: {
    fields: { account: Id; community: Id };
    answer: { number: string; mine: string; theirs: string };
  };
  outbox: { fields: None; answer: { ops: OutboxEntry[]; held: Held[] } };
  kept: { fields: KeptScope & { name?: string; refused?: boolean }; answer: { kept: Kept[] } };
  devices: { fields: None; answer: { devices: { device: Id; me: boolean; removed: boolean }[] } };
  alarms: { fields: None; answer: { alarms: Alarm[] } };
  export: { fields: None; answer: object };
}

export type QuestionName = keyof Questions;
export type QuestionFields<K extends QuestionName> = Questions[K]["fields"];
export type QuestionAnswer<K extends QuestionName> = Questions[K]["answer"];
