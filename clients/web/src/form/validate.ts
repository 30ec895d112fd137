/* What may stand in a form, as questions without a screen. A check gives undefined when the value is
 * right, or what is wrong: a key of the common catalogue and its parameters. */

export type Fault =
  | { readonly key: "form.required" | "form.choose" | "form.wrong" | "form.dateWrong" | "form.dateFuture" }
  | { readonly key: "form.tooShort"; readonly parameters: { readonly min: number } }
  | { readonly key: "form.tooLong"; readonly parameters: { readonly n: number; readonly max: number } };

/** The relay's limits count bytes, people count characters: a character is what they see as one. */
export const lengthOf = (text: string): number => Array.from(text.normalize("NFC")).length;

export const required = (text: string): Fault | undefined =>
  text.trim() === "" ? { key: "form.required" } : undefined;

export const chosen = (value: string | readonly string[]): Fault | undefined =>
  value.length === 0 ? { key: "form.choose" } : undefined;

export const notShorter = (text: string, min: number): Fault | undefined =>
  lengthOf(text) < min ? { key: "form.tooShort", parameters: { min } } : undefined;

export function notLonger(text: string, max: number): Fault | undefined {
  const n = lengthOf(text) - max;
  return n > 0 ? { key: "form.tooLong", parameters: { n, max } } : undefined;
}

/** What stands in the three fields of a date. */
export interface DateFields {
  readonly day: string;
  readonly month: string;
  readonly year: string;
}

export const EMPTY_DATE: DateFields = { day: "", month: "", year: "" };

/** Noon of that day, here: a time of day would say more than was asked. */
export function dateOfFields({ day, month, year }: DateFields): number | undefined {
  const [d, m, y] = [day, month, year].map((text) => (/^\d{1,4}$/.test(text.trim()) ? Number(text) : NaN));
  const date = new Date(y!, m! - 1, d!, 12);
  const isReal = y! >= 1900 && date.getFullYear() === y && date.getMonth() === m! - 1 &&
    date.getDate() === d;
  return isReal ? date.getTime() : undefined;
}

/** The end of that day, here: until then there is time. */
export function endOfDay(fields: DateFields): number | undefined {
  const noon = dateOfFields(fields);
  return noon === undefined ? undefined : new Date(noon).setHours(23, 59, 59, 0);
}

/** A date that has been, or nothing at all. */
export function pastDate(fields: DateFields, now: number): Fault | undefined {
  if (fields.day === "" && fields.month === "" && fields.year === "") {
    return undefined;
  }
  const time = dateOfFields(fields);
  if (time === undefined) {
    return { key: "form.dateWrong" };
  }
  const tomorrow = new Date(now).setHours(24, 0, 0, 0);
  return time >= tomorrow ? { key: "form.dateFuture" } : undefined;
}
