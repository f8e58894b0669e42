import { setTimeout as delay } from 'node:timers/promises';
import type { CallEnd, Journal, Lane } from './journal.js';
import type { Workload } from './workloads.js';

/** Makes the n-th call of a workload in one lane. Never rejects. */
export type LaneRunner = (workload: Workload, n: number) => Promise<CallEnd>;

/** How long traffic flows, and how long of that it takes to rise to its full rate. */
export interface Span {
  forMs: number;
  rampMs: number;
}

/**
 * Every workload at its rate, each call in every lane at the same moment. Callers do not wait for one another:
 * a slow provider does not slow the demand for it. Resolves when the last call has ended.
 */
export async function runTraffic(
  workloads: readonly Workload[],
  lanes: Readonly<Record<Lane, LaneRunner>>,
  journal: Journal,
  span: Span,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    workloads.map(async (workload) => {
      const underWay: Promise<void>[] = [];
      for (let n = 0; !signal.aborted; n++) {
        const dueMs = dueAtMs(n, workload.callsPerSecond / 1000, span.rampMs);
        if (dueMs >= span.forMs) break;
        const waitMs = dueMs - journal.nowMs();
        if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
        for (const lane of Object.keys(lanes) as Lane[])
          underWay.push(runOne(lane, lanes[lane], workload, n, journal));
      }
      await Promise.all(underWay);
    }),
  );
}

/**
 * When the n-th call is due at a rate that grows evenly to `callsPerMs` and stays: n = r t² / 2R while it grows,
 * n = r (t − R/2) after.
 */
export function dueAtMs(n: number, callsPerMs: number, rampMs: number): number {
  const inRamp = (callsPerMs * rampMs) / 2;
  return n < inRamp ? Math.sqrt((2 * rampMs * n) / callsPerMs) : n / callsPerMs + rampMs / 2;
}

async function runOne(
  lane: Lane,
  run: LaneRunner,
  workload: Workload,
  n: number,
  journal: Journal,
): Promise<void> {
  const end = await run(workload, n);
  journal.calls.push({ lane, service: workload.service, endedAtMs: journal.nowMs(), end });
}
