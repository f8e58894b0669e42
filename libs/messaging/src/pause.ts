import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms`, or at once when the signal is (or gets) aborted. Never rejects, never keeps the process up. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { ref: false, ...(signal && { signal }) }).catch(() => undefined);
}

/** Doubling waits: `firstMs`, 2×, 4×, … up to `maxMs`. `attempt` counts from 0. */
export function doubling(firstMs: number, maxMs: number, attempt: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
}
