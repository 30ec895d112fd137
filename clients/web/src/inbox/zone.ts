/* A time zone's offsets, from the browser's own table: relay and clients have none, so that an inbox's
 * record carries them (CASES.md §2). */
import type { Offset } from "../core/professional.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** As many as a record may hold. */
const OFFSETS_MAX = 8;

/** A record is valid for a year, and a change by somebody else's client keeps the offsets as they
 * are: so as many years as fit. */
const SPAN_MS = 4 * 366 * DAY_MS;

export const DEFAULT_ZONE = "Europe/Amsterdam";

/** The browser's own, or the Dutch one where it does not say. */
export const ownZone = (): string =>
  new Intl.DateTimeFormat().resolvedOptions().timeZone ?? DEFAULT_ZONE;

/** Minutes east of UTC at an instant. */
function offsetAt(format: Intl.DateTimeFormat, time: number): number {
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const at = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type)!;
  // Some browsers write midnight as 24.
  const local = Date.UTC(at("year"), at("month") - 1, at("day"), at("hour") % 24, at("minute"));
  return (local - Math.floor(time / MINUTE_MS) * MINUTE_MS) / MINUTE_MS;
}

/** What holds in the zone from `from` on, and each change after it. */
export function offsetsOf(zone: string, from: number): Offset[] {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric",
  });
  let offset = offsetAt(format, from);
  const offsets: Offset[] = [[from, offset]];
  for (let day = from; day < from + SPAN_MS && offsets.length < OFFSETS_MAX; day += DAY_MS) {
    const next = offsetAt(format, day + DAY_MS);
    if (next !== offset) {
      offsets.push([changeBetween(format, day, day + DAY_MS), next]);
      offset = next;
    }
  }
  return offsets;
}

/** The first whole minute with the offset of `after`. */
function changeBetween(format: Intl.DateTimeFormat, before: number, after: number): number {
  const wanted = offsetAt(format, after);
  let [low, high] = [Math.floor(before / MINUTE_MS), Math.ceil(after / MINUTE_MS)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(format, middle * MINUTE_MS) === wanted) {
      high = middle;
    } else {
      low = middle;
    }
  }
  return high * MINUTE_MS;
}
