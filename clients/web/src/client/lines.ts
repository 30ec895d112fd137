/* Texts that people carry between devices hold a name for whoever gets them. It is read here only to be shown:
 * the machine checks the text. */

/** Of base64url; undefined: it is none. */
export function bytesOf(text: string): Uint8Array | undefined {
  try {
    const plain = atob(text.trim().replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** As many opaque<V> as there are from an offset to the end; undefined: they do not end there. RFC 9420 §2.1.2: a
 * length below 64 is a byte, of two bytes the first begins with 01. */
export function opaquesAt(bytes: Uint8Array, offset: number): Uint8Array[] | undefined {
  const found: Uint8Array[] = [];
  let at = offset;
  while (at < bytes.length) {
    const first = bytes[at]!;
    const begin = at + (first < 0x40 ? 1 : 2);
    const end = begin + (first < 0x40 ? first : ((first & 0x3f) << 8) | (bytes[at + 1] ?? 0));
    if (first >= 0x80 || end > bytes.length) {
      return undefined;
    }
    found.push(bytes.subarray(begin, end));
    at = end;
  }
  return found;
}

/** undefined where it is empty, as no name is. */
export const lineOf = (bytes: Uint8Array | undefined): string | undefined =>
  new TextDecoder().decode(bytes) || undefined;
