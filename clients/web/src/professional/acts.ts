/* What a professional does in a case: who reads the words, and what has to be filled in. CASES.md §7. */
import type { CaseRow, InboxRole, ProfessionalCommands, Urgency } from "../core/professional.ts";

/** The commands that change a case for its parties; notes and assigning stay in the team. */
export type Act = Extract<keyof ProfessionalCommands,
  | "acknowledge" | "question" | "promise" | "follow_up" | "close" | "accept" | "decline" | "advise" | "consult"
  | "invite_inbox" | "hand_over" | "part" | "urgency" | "reopen" | "share_identity" | "erase">;

export type Group = "reporter" | "teams" | "case";

/** `all` is the reporter and every team in the case; `And`: the team that is chosen, too. */
type Readers = "all" | "allAnd" | "professionals" | "professionalsAnd" | "nobody";

export interface ActInfo {
  readonly group: Group;
  readonly readers: Readers;
  readonly words: "needed" | "optional" | "none";
  /** What else is asked: a day, an urgency, another team, a party of the case, how it ended. */
  readonly asks?: "date" | "urgency" | "to" | "inbox" | "outcome";
}

/** In the order in which they are offered. */
export const ACTS: { readonly [A in Act]: ActInfo } = {
  accept: { group: "teams", readers: "all", words: "needed" },
  decline: { group: "teams", readers: "all", words: "needed" },
  advise: { group: "teams", readers: "professionals", words: "needed" },
  acknowledge: { group: "reporter", readers: "all", words: "needed" },
  question: { group: "reporter", readers: "all", words: "needed" },
  promise: { group: "reporter", readers: "all", words: "needed", asks: "date" },
  follow_up: { group: "reporter", readers: "all", words: "needed" },
  close: { group: "reporter", readers: "all", words: "needed", asks: "outcome" },
  consult: { group: "teams", readers: "professionalsAnd", words: "needed", asks: "to" },
  invite_inbox: { group: "teams", readers: "allAnd", words: "needed", asks: "to" },
  hand_over: { group: "teams", readers: "allAnd", words: "needed", asks: "to" },
  part: { group: "teams", readers: "all", words: "optional" },
  urgency: { group: "case", readers: "all", words: "optional", asks: "urgency" },
  reopen: { group: "case", readers: "all", words: "needed", asks: "urgency" },
  share_identity: { group: "case", readers: "nobody", words: "none", asks: "inbox" },
  erase: { group: "case", readers: "nobody", words: "none" },
};

export const isAct = (name: string): name is Act => Object.prototype.hasOwnProperty.call(ACTS, name);

/** As ACTS, where it depends on the own team's part in the case: an invitation needs no words, and the
 * owner takes back what it asked of others. */
export function infoOf(act: Act, role: InboxRole): ActInfo {
  const info = ACTS[act];
  if (act === "accept" && role === "invited") {
    return { ...info, words: "optional" };
  }
  return act === "part" && role === "owner" ? { ...info, asks: "inbox" } : info;
}

/** What the case waits for from this team, and what else it may answer to that: it stands out. */
export function isNext(act: Act, { state, role }: Pick<CaseRow, "state" | "role">): boolean {
  switch (act) {
    case "acknowledge":
    case "accept":
    case "advise":
      return true;
    case "follow_up":
      return state === "open" && role === "owner";
    case "decline":
      return role === "offered";
    default:
      return false;
  }
}

export const URGENCIES: readonly Urgency[] = ["danger_now", "today", "this_week", "no_hurry"];

/** Who may read notes: the team reads the case. */
export const readsCase = (role: InboxRole): boolean => role !== "former" && role !== "fallback" && role !== "none";

/** Examples of words by act; of a close by how it ended. The catalogue has them. */
export const EXAMPLES = {
  acknowledge: ["read", "look", "advice"],
  question: ["when", "children", "worse"],
  promise: ["talk", "wait"],
  follow_up: ["visited", "help", "busy"],
  hand_over: ["area", "expert"],
  accept: ["mine"],
  decline: ["area", "other"],
  close: [
    "help_started", "help_already", "advice_given", "reported_on", "not_confirmed", "no_ground", "not_found",
  ],
} as const;

/** What an example leaves to be filled in. */
export const hasGap = (words: string): boolean => /\[[^\]]*\]/.test(words);

/** The words with an example: in place of nothing or of another example that was left as it is, and
 * otherwise below what was typed, of which nothing is lost. */
export const withExample = (words: string, example: string, examples: readonly string[]): string =>
  (words.trim() === "" || examples.includes(words) ? example : `${words.trimEnd()}\n\n${example}`);
