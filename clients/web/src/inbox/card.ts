/* A professional's card: text to carry to the administrator of a team, clients/core/inboxes/admin.c. */
import { bytesOf, lineOf, opaquesAt } from "../client/lines.ts";

const KEYS_BYTES = 1 + 3 * 32;

/** The name on it; undefined if it is no card. */
export function nameOnCard(card: string): string | undefined {
  const bytes = bytesOf(card);
  const parts = bytes?.[0] === 1 ? opaquesAt(bytes, KEYS_BYTES) : undefined;
  return parts?.length === 1 ? lineOf(parts[0]) : undefined;
}
