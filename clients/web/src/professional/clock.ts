/* How a case's clock stands, and how long that is in words. */
import { type Language, LOCALES } from "../i18n/text.ts";

interface ClockState {
  /** `again`: it has run out, and runs to the next time that somebody must speak. */
  readonly kind: "left" | "late" | "again" | "none";
  /** How long until then, or since then. */
  readonly ms: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function clockState(
  { until, overdue }: { readonly until?: number; readonly overdue: boolean },
  now: number,
): ClockState {
  if (until === undefined) {
    return { kind: "none", ms: 0 };
  }
  return until <= now
    ? { kind: "late", ms: now - until }
    : { kind: overdue ? "again" : "left", ms: until - now };
}

/** "12 minuten", "5 uur", "3 dagen": rounded down, so that nobody has less than it says. */
export function spanOf(ms: number, language: Language): string {
  const [unit, n] = ms < HOUR_MS ? ["minute", Math.max(1, Math.floor(ms / MINUTE_MS))] as const
    : ms < 2 * DAY_MS ? ["hour", Math.floor(ms / HOUR_MS)] as const
      : ["day", Math.floor(ms / DAY_MS)] as const;
  return new Intl.NumberFormat(LOCALES[language], { style: "unit", unit, unitDisplay: "long" } as
    Intl.NumberFormatOptions).format(n);
}
