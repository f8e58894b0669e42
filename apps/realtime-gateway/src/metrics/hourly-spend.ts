import { toUsd, type MicroUsd } from '@signalbox/contracts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** How far back {@link hourlySpend} looks. */
export const SPEND_LOOKS_BACK_MS = HOUR_MS;

/** What a budget's month had cost at a time; null where that was not told. */
export interface MeasuredSpend {
  atMs: number;
  month: { key: string; spentMicroUsd: MicroUsd } | null;
}

/**
 * Dollars an hour: what was spent since the oldest collection of the last hour, over the time since. Null while there
 * is none of the same month that is a minute old: a rate of seconds says little. A month's spend falls only when
 * settling finds that calls cost less than they were held for; such an hour cost nothing.
 */
export function hourlySpend(earlier: readonly MeasuredSpend[], now: MeasuredSpend): number | null {
  if (now.month === null) return null;
  let first: { atMs: number; spentMicroUsd: MicroUsd } | null = null;
  for (const { atMs, month } of earlier) {
    const ageMs = now.atMs - atMs;
    if (month?.key !== now.month.key || ageMs < MINUTE_MS || ageMs > HOUR_MS) continue;
    if (first === null || atMs < first.atMs) first = { atMs, spentMicroUsd: month.spentMicroUsd };
  }
  if (first === null) return null;
  const spentMicroUsd = Math.max(0, now.month.spentMicroUsd - first.spentMicroUsd);
  return toUsd(Math.round((spentMicroUsd * HOUR_MS) / (now.atMs - first.atMs)));
}
