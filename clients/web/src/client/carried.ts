/* Texts that people carry from one device to another, as links that a phone's camera opens: what
 * stands after "#" reaches no server. Pasted, the text alone will do. */

/** From a device that is in to a new one, and back. */
type Carried = "link" | "card";

const MARKS: { readonly [kind in Carried]: string } = { link: "3", card: "4" };

/** The app at that origin with the text in its address. */
export const carriedLink = (kind: Carried, origin: string, text: string): string => `${origin}/#${MARKS[kind]}.${text}`;

/** The text in what was pasted or opened; undefined if it cannot be one. */
export function carriedText(kind: Carried, pasted: string): string | undefined {
  const text = pasted.trim().replace(new RegExp(`^\\S+#${MARKS[kind]}\\.`), "");
  return /^[\w-]{40,2000}$/.test(text) ? text : undefined;
}
