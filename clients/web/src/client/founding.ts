/* What the founders of a neighbourhood sign: text to carry among them, clients/core/community/found.c. */
import { bytesOf, lineOf, opaquesAt } from "./lines.ts";

/** Its name, what is signed, the recovery key's signature. */
const PARTS = 3;

/** The neighbourhood's name; undefined if it is no such text. */
export function placeIn(content: string): string | undefined {
  const bytes = bytesOf(content);
  const parts = bytes?.[0] === 1 ? opaquesAt(bytes, 1) : undefined;
  return parts?.length === PARTS ? lineOf(parts[0]) : undefined;
}
