import type { ServiceName } from '@signalbox/contracts';
import type { AttemptSeen } from './journal.js';
import type { Story } from './stories.js';

export interface Reroute {
  service: ServiceName;
  nodeId: string;
  story: string;
  /** From the end of the first failure on the node to the start of the first call that went elsewhere. */
  ms: number;
}

/** A single call elsewhere may be a spread or an exploration; so many in a row are a re-route. */
const IN_A_ROW = 3;

/**
 * How long each watched node kept its traffic after it first failed. Only first attempts count: a fallback
 * goes elsewhere by itself. A node that never failed, or whose traffic had left before, gives nothing.
 */
export function reroutesOf(attempts: readonly AttemptSeen[], stories: readonly Story[]): Reroute[] {
  return stories.flatMap(({ title, fromMs, toMs, watched }) =>
    watched.flatMap(({ service, nodeId }) => {
      const during = attempts.filter(
        (seen) =>
          seen.lane === 'signalbox' &&
          seen.service === service &&
          seen.endedAtMs >= fromMs &&
          seen.startedAtMs < toMs,
      );
      const failed = during.filter((seen) => seen.nodeId === nodeId && seen.outcome !== 'success');
      if (failed.length === 0) return [];
      const firstFailureMs = Math.min(...failed.map((seen) => seen.endedAtMs));
      const leftAtMs = leftAfter(during, nodeId, firstFailureMs);
      return leftAtMs === null ? [] : [{ service, nodeId, story: title, ms: leftAtMs - firstFailureMs }];
    }),
  );
}

/** When the first of {@link IN_A_ROW} consecutive calls elsewhere started; null when the traffic stayed. */
function leftAfter(attempts: readonly AttemptSeen[], nodeId: string, afterMs: number): number | null {
  const later = attempts
    .filter((seen) => seen.attempt === 1 && seen.startedAtMs >= afterMs)
    .sort((a, b) => a.startedAtMs - b.startedAtMs);
  for (let i = 0; i + IN_A_ROW <= later.length; i++) {
    if (later.slice(i, i + IN_A_ROW).every((seen) => seen.nodeId !== nodeId)) return later[i]!.startedAtMs;
  }
  return null;
}

/** The nearest-rank percentile; null of nothing. */
export function percentile(values: readonly number[], percent: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? null;
}
