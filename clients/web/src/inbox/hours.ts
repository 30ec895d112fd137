/* Office hours and closed days as people write them, and as an inbox's record has them. What cannot be
 * read gives undefined. */
import { dateOfFields } from "../form/validate.ts";
import type { Span } from "../core/professional.ts";

const MINUTES_PER_DAY = 1440;
const SPANS_MAX = 4;
const CLOSED_MAX = 64;

const SPAN = /^(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|tot|to)\s*(\d{1,2})(?:[:.](\d{2}))?$/i;

const minutesOf = (hours: string, minutes = "0"): number =>
  Number(minutes) < 60 ? 60 * Number(hours) + Number(minutes) : NaN;

/** "9:00-12:30, 13:00-17:00"; empty: none. In order, and with time between them. */
export function spansOf(text: string): Span[] | undefined {
  const spans: Span[] = [];
  let last = -1;
  for (const part of text.split(/,|;|\ben\b|\band\b/i).map((each) => each.trim())) {
    if (part === "" && text.trim() === "") {
      break;
    }
    const found = SPAN.exec(part);
    const from = found === null ? NaN : minutesOf(found[1]!, found[2]);
    const to = found === null ? NaN : minutesOf(found[3]!, found[4]);
    if (!(last < from && from < to && to <= MINUTES_PER_DAY)) {
      return undefined;
    }
    spans.push([from, to]);
    last = to;
  }
  return spans.length <= SPANS_MAX ? spans : undefined;
}

const clock = (minutes: number): string =>
  `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;

export const textOfSpans = (spans: readonly Span[]): string =>
  spans.map(([from, to]) => `${clock(from)}-${clock(to)}`).join(", ");

/** Dates as "25-12-2026", one a line, in any order; as YYYY-MM-DD. */
export function datesOf(text: string): string[] | undefined {
  const dates = new Set<string>();
  for (const line of text.split(/[\n,;]/).map((each) => each.trim()).filter((each) => each !== "")) {
    const [day, month, year] = line.split(/[-/.]/).map((each) => each.trim());
    if (dateOfFields({ day: day ?? "", month: month ?? "", year: year ?? "" }) === undefined) {
      return undefined;
    }
    dates.add([year, month!.padStart(2, "0"), day!.padStart(2, "0")].join("-"));
  }
  return dates.size <= CLOSED_MAX ? [...dates].sort() : undefined;
}

export const textOfDates = (dates: readonly string[]): string =>
  dates.map((date) => date.split("-").reverse().join("-")).join("\n");
