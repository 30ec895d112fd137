/* The machine has no table of zones: a while before an inbox's record runs out it tells `renew` (COMMANDS.md
 * §9), and its host answers with the offsets of the coming years. */
import type { Tell } from "../core/commands.ts";
import { offsetsOf } from "../inbox/zone.ts";

/** The command that answers; undefined: nothing is asked, or this browser does not know the zone, and the
 * machine renews the record with the offsets as they are. */
export function renewalOf(tell: Tell, now: number): object | undefined {
  if (tell.tell !== "renew") {
    return undefined;
  }
  try {
    return { do: "inbox_set", inbox: tell.inbox, settings: { offsets: offsetsOf(tell.zone, now) } };
  } catch {
    return undefined;
  }
}
