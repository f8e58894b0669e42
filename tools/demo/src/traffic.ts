import { setTimeout as delay } from 'node:timers/promises';
import type { Journal, Lane } from './journal.js';
import type { Workload } from './workloads.js';

/** Makes the n-th call of a workload in one lane; true when it did what was asked. Never rejects. */
export type LaneRunner = (workload: Workload, n: number) => Promise<boolean>;

/**
 * Every workload at its rate for `forMs`, each call in every lane at the same moment. Callers do not wait for
 * one another: a slow provider does not slow the demand for it. Resolves when the last call has ended.
 */
export async function runTraffic(
  workloads: readonly Workload[],
  lanes: Readonly<Record<Lane, LaneRunner>>,
  journal: Journal,
  forMs: number,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    workloads.map(async (workload) => {
      const underWay: Promise<void>[] = [];
      const count = Math.floor((workload.callsPerSecond * forMs) / 1000);
      for (let n = 0; n < count && !signal.aborted; n++) {
        const dueInMs = (n * 1000) / workload.callsPerSecond - journal.nowMs();
        if (dueInMs > 0) await delay(dueInMs, undefined, { signal }).catch(() => undefined);
        for (const lane of Object.keys(lanes) as Lane[])
          underWay.push(runOne(lane, lanes[lane], workload, n, journal));
      }
      await Promise.all(underWay);
    }),
  );
}

async function runOne(
  lane: Lane,
  run: LaneRunner,
  workload: Workload,
  n: number,
  journal: Journal,
): Promise<void> {
  const ok = await run(workload, n);
  journal.calls.push({ lane, service: workload.service, endedAtMs: journal.nowMs(), ok });
}
