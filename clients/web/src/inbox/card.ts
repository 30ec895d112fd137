/* A professional's card: text to carry to the administrator of a team, clients/core/inboxes/admin.c. Read
 * here only to show whose it is; the machine checks it. */
const KEYS_BYTES = 1 + 3 * 32;

/** The name on it; undefined if it is no card. */
export function nameOnCard(card: string): string | undefined {
  let bytes: Uint8Array;
  try {
    const text = atob(card.trim().replace(/-/g, "+").replace(/_/g, "/"));
    bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
  // RFC 9420 §2.1.2: a length below 64 is a byte, of two bytes the first begins with 01.
  const first = bytes[KEYS_BYTES] ?? 0xff;
  const begin = KEYS_BYTES + (first < 0x40 ? 1 : 2);
  const length = first < 0x40 ? first : ((first & 0x3f) << 8) | (bytes[KEYS_BYTES + 1] ?? 0);
  if (bytes[0] !== 1 || first >= 0x80 || length === 0 || begin + length !== bytes.length) {
    return undefined;
  }
  return new TextDecoder().decode(bytes.subarray(begin));
}
