import { LatencySketch } from '@signalbox/statistics';

/** What is counted of one service; each name is what it counts. */
export const COUNTS = [
  /** Requests whose signature was looked at. */
  'received',
  'verified',
  'refused',
  /** Turned away over a limit of the source, by rate or by size. */
  'limited',
  /** Events of verified deliveries. */
  'events',
  'duplicate',
  'processed',
  'ignored',
  /** Attempts that failed. */
  'failed',
  'dead',
] as const;
export type CountName = (typeof COUNTS)[number];

/** As it is written down: counts that are not zero, refusals by reason, sketches as base64. */
export interface StoredTally {
  counts: Partial<Record<CountName, number>>;
  refusals: Record<string, number>;
  lastReceivedAtMs: number | null;
  receiptMs: string | null;
  processingMs: string | null;
}

/** Counts of one service in one span of time. Tallies of replicas and spans add up. */
export class Tally {
  readonly counts = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<CountName, number>;
  readonly refusals = new Map<string, number>();
  readonly receiptMs = new LatencySketch();
  readonly processingMs = new LatencySketch();
  lastReceivedAtMs: number | null = null;

  refused(reason: string): void {
    this.counts.refused += 1;
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }

  add(other: StoredTally): void {
    for (const name of COUNTS) this.counts[name] += other.counts[name] ?? 0;
    for (const [reason, count] of Object.entries(other.refusals)) {
      this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + count);
    }
    if (other.lastReceivedAtMs !== null) {
      this.lastReceivedAtMs = Math.max(this.lastReceivedAtMs ?? 0, other.lastReceivedAtMs);
    }
    merge(this.receiptMs, other.receiptMs);
    merge(this.processingMs, other.processingMs);
  }

  stored(): StoredTally {
    return {
      counts: Object.fromEntries(Object.entries(this.counts).filter(([, count]) => count > 0)),
      refusals: Object.fromEntries(this.refusals),
      lastReceivedAtMs: this.lastReceivedAtMs,
      receiptMs: this.receiptMs.count === 0 ? null : this.receiptMs.toBase64(),
      processingMs: this.processingMs.count === 0 ? null : this.processingMs.toBase64(),
    };
  }
}

function merge(into: LatencySketch, base64: string | null): void {
  const sketch = base64 === null ? null : LatencySketch.fromBase64(base64);
  if (sketch !== null) into.merge(sketch);
}
