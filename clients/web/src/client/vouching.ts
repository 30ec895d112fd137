/* What the reporting page and the app that it was opened from say to each other, over a port of their
 * own: that a verified neighbour sends this signal (CASES.md §4), and that both are left. Nothing of it is kept on
 * either side. */
import type { Commands } from "../core/commands.ts";

/** To the app's window, with the port that answers. */
export interface VouchRequest {
  /** The signal's, as its machine says at `receipt`; nothing else of it leaves the page. */
  readonly vouch: Pick<Commands["vouch"]["fields"], "case" | "event">;
}

export type Vouched = Commands["vouch"]["answer"];

/** Once. "locked": the app cannot be asked before its user has opened it; "none": it has nothing to give,
 * or the user said no. The page says only that it asks no more. */
export type VouchAnswer = Vouched | "locked" | "none";

/** "Leave this page" on the reporting page: the app is locked and gives way to the same page. */
export interface LeaveRequest {
  readonly leave: string;
}
