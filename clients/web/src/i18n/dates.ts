/* Times as people say them. Everything is in the user's own time zone. */
import { type Language, LOCALES } from "./text.ts";

const DAY_MS = 86_400_000;

/** "22 november 2026" */
export const dateOf = (time: number, language: Language): string =>
  new Intl.DateTimeFormat(LOCALES[language], { day: "numeric", month: "long", year: "numeric" })
    .format(time);

/** "14:05" */
export const clockOf = (time: number, language: Language): string =>
  new Intl.DateTimeFormat(LOCALES[language], { hour: "2-digit", minute: "2-digit" }).format(time);

/** "22 november 2026 14:05" */
export const momentOf = (time: number, language: Language): string =>
  `${dateOf(time, language)} ${clockOf(time, language)}`;

/** "vandaag", "gisteren", "over 3 dagen", and a date beyond a week. */
export function dayOf(time: number, now: number, language: Language): string {
  const midnight = (t: number): number => new Date(t).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(time) - midnight(now)) / DAY_MS);
  return Math.abs(days) > 7
    ? dateOf(time, language)
    : new Intl.RelativeTimeFormat(LOCALES[language], { numeric: "auto" }).format(days, "day");
}

/** For a <time> element: the same in every language. */
export const machineTime = (time: number): string => new Date(time).toISOString();
