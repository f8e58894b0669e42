import type { CallPriority } from '@signalbox/contracts';
import { seededRandom, type Rng } from '@signalbox/statistics';
import { exponentialMs, weighted } from './chance.js';
import { STREAMS, type Stream } from './streams.js';

/** One request of the trace. */
export interface Arrival {
  readonly id: string;
  readonly atMs: number;
  readonly stream: Stream;
  readonly priority: CallPriority;
  readonly payload: Record<string, unknown>;
  readonly idempotencyKey?: string;
}

/** A caller that repeats itself does so after its own timeout, within this. */
const REPEATS_WITHIN_MS = 2_000;

/**
 * The published arrival trace: every stream's Poisson arrivals and bursts over `durationMs`, in order of time. The
 * same seed is the same trace on any machine. Streams draw from sources of their own, so that a change to one leaves
 * the others as they were.
 */
export function arrivalTrace(seed: number, durationMs: number): Arrival[] {
  const arrivals = STREAMS.flatMap((stream, index) =>
    streamArrivals(stream, seededRandom(seed * 1_000 + index), durationMs),
  );
  return arrivals.sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}

function streamArrivals(stream: Stream, rng: Rng, durationMs: number): Arrival[] {
  const arrivals: Arrival[] = [];
  const arrive = (atMs: number): void => {
    if (atMs >= durationMs) return;
    const serial = arrivals.length;
    const id = `${stream.name.replaceAll(' ', '-')}-${serial}`;
    // A caller that would retry a write says by a key that it is the same one.
    const key = stream.repeated === undefined ? {} : { idempotencyKey: id };
    const payload = stream.payload(rng, serial);
    const priority = weighted(stream.priorities, rng);
    arrivals.push({ id, atMs, stream, priority, payload, ...key });
    if (rng() < (stream.repeated ?? 0)) {
      const againAtMs = Math.min(durationMs - 1, atMs + rng() * REPEATS_WITHIN_MS);
      arrivals.push({ id: `${id}-again`, atMs: againAtMs, stream, priority, payload, ...key });
    }
  };
  for (const atMs of poisson(stream.perSecond, durationMs, rng)) arrive(atMs);
  const { bursts } = stream;
  if (bursts !== undefined) {
    for (const beginsAtMs of poisson(1 / bursts.everySeconds, durationMs, rng)) {
      let atMs = beginsAtMs;
      for (let request = 0; request < bursts.requests; request++) {
        arrive(atMs);
        atMs += exponentialMs(bursts.perSecond, rng);
      }
    }
  }
  return arrivals;
}

function poisson(perSecond: number, durationMs: number, rng: Rng): number[] {
  const times: number[] = [];
  if (perSecond <= 0) return times;
  for (let atMs = exponentialMs(perSecond, rng); atMs < durationMs; atMs += exponentialMs(perSecond, rng)) {
    times.push(atMs);
  }
  return times;
}
