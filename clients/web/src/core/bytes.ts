/** Bytes of our own: never shared between threads. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

/** Bytes as a string of as many characters, so that they can be a key; and back. */
export const latin1 = (text: string): Bytes =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));
export const fromLatin1 = (bytes: Bytes): string => String.fromCharCode(...bytes);
