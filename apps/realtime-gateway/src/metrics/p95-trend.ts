const MINUTE_MS = 60_000;
const RECENT_MS = 5 * MINUTE_MS;
const BEFORE_MS = 30 * MINUTE_MS;
/** How far back {@link p95Trend} looks. */
export const TREND_LOOKS_BACK_MS = RECENT_MS + BEFORE_MS;

/** A quarter of the collections of 5 min; of the half hour before, enough for quartiles to mean something. */
const LEAST_RECENT = 5;
const LEAST_BEFORE = 10;
/** What nobody would call a change, relative and absolute. */
const DEAD_BAND_RATIO = 0.1;
const DEAD_BAND_MS = 5;

export type Trend = 'improving' | 'stable' | 'degrading';

export interface MeasuredP95 {
  atMs: number;
  p95: number | null;
}

/**
 * Where latency is going: the median p95 of the last 5 min beside that of the 30 min before. `degrading` when it is
 * above, `improving` when it is below the dead band around the earlier median; inside it `stable`. The dead band is the
 * widest of 10 %, 5 ms, and the middle half of the earlier values, so that a service whose p95 always jumps about is not
 * called degrading for doing so. Null with fewer than 5 recent or 10 earlier measurements; collections that measured
 * nothing are none.
 */
export function p95Trend(collections: readonly MeasuredP95[], nowMs: number): Trend | null {
  const between = (fromMs: number, toMs: number) =>
    collections
      .filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
      .map(({ p95 }) => p95)
      .filter((p95) => p95 !== null)
      .sort((a, b) => a - b);
  const recent = between(nowMs - RECENT_MS, nowMs);
  const before = between(nowMs - TREND_LOOKS_BACK_MS, nowMs - RECENT_MS);
  if (recent.length < LEAST_RECENT || before.length < LEAST_BEFORE) return null;
  const median = quantile(before, 0.5);
  const bandMs = Math.max(DEAD_BAND_MS, DEAD_BAND_RATIO * median);
  const now = quantile(recent, 0.5);
  if (now > Math.max(median + bandMs, quantile(before, 0.75))) return 'degrading';
  if (now < Math.min(median - bandMs, quantile(before, 0.25))) return 'improving';
  return 'stable';
}

/** Of sorted values, at least one; between two of them by their distance. */
function quantile(sorted: readonly number[], q: number): number {
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
