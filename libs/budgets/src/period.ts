export const PERIOD_KINDS = ['day', 'month'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** A day or month of a time zone: from `startsAtMs` up to, not including, `endsAtMs`. */
export interface BudgetPeriod {
  kind: PeriodKind;
  /** `2026-11-21` or `2026-11`. */
  key: string;
  startsAtMs: number;
  endsAtMs: number;
}

interface LocalDate {
  year: number;
  /** 1 to 12. */
  month: number;
  /** May lie past the month's end: `Date.UTC` carries over. */
  day: number;
}

const DAY_MS = 86_400_000;
/** Formatters are costly to make; there are as many as zones in use. */
const formatters = new Map<string, Intl.DateTimeFormat>();
/** The period asked for last, by kind and zone: nearly every question falls into it. */
const latest = new Map<string, BudgetPeriod>();

/**
 * The period that an instant belongs to. Periods of a kind follow each other without gap or overlap, so a day of a
 * zone has 23 or 25 hours when its clocks change, and begins at the change where there is no midnight.
 *
 * @throws RangeError for a name that is no IANA time zone.
 */
export function periodAt(kind: PeriodKind, nowMs: number, timeZone: string): BudgetPeriod {
  const memo = `${kind} ${timeZone}`;
  const known = latest.get(memo);
  if (known !== undefined && known.startsAtMs <= nowMs && nowMs < known.endsAtMs) return known;
  const local = new Date(nowMs + offsetMs(nowMs, timeZone));
  let first: LocalDate = {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: kind === 'day' ? local.getUTCDate() : 1,
  };
  let end = startOf(following(kind, first), timeZone);
  // Clocks set back across midnight show the old date once more: the new period has begun all the same.
  if (nowMs >= end) {
    first = following(kind, first);
    end = startOf(following(kind, first), timeZone);
  }
  const period = { kind, key: keyOf(kind, first), startsAtMs: startOf(first, timeZone), endsAtMs: end };
  latest.set(memo, period);
  return period;
}

/** The period that begins when this one ends. */
export function periodAfter(period: BudgetPeriod, timeZone: string): BudgetPeriod {
  return periodAt(period.kind, period.endsAtMs, timeZone);
}

export function isTimeZone(timeZone: string): boolean {
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** The first instant at which the zone's clocks show this date or a later one. */
function startOf({ year, month, day }: LocalDate, timeZone: string): number {
  const midnight = Date.UTC(year, month - 1, day);
  const before = midnight - offsetMs(midnight - DAY_MS, timeZone);
  const after = midnight - offsetMs(midnight + DAY_MS, timeZone);
  const shows = (instant: number): boolean => instant + offsetMs(instant, timeZone) === midnight;
  const [earlier, later] = before <= after ? [before, after] : [after, before];
  if (shows(earlier)) return earlier;
  if (shows(later)) return later;
  // Clocks were set forward across midnight: the day begins at the change, between the two.
  let [low, high] = [earlier, later];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle + offsetMs(middle, timeZone) >= midnight) high = middle;
    else low = middle;
  }
  return high;
}

function following(kind: PeriodKind, { year, month, day }: LocalDate): LocalDate {
  const next = kind === 'day' ? Date.UTC(year, month - 1, day + 1) : Date.UTC(year, month, 1);
  const date = new Date(next);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function keyOf(kind: PeriodKind, { year, month, day }: LocalDate): string {
  const pad = (value: number, width: number): string => String(value).padStart(width, '0');
  const monthKey = `${pad(year, 4)}-${pad(month, 2)}`;
  return kind === 'day' ? `${monthKey}-${pad(day, 2)}` : monthKey;
}

/** What the zone's clocks show less UTC, at an instant. */
function offsetMs(instantMs: number, timeZone: string): number {
  const shown = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatterOf(timeZone).formatToParts(instantMs)) {
    if (type in shown) shown[type as keyof typeof shown] = Number(value);
  }
  const { year, month, day, hour, minute, second } = shown;
  const wholeSecond = Math.floor(instantMs / 1000) * 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) - wholeSecond;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}
