import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_MS = 10;

/** Asks until the answer is true or the time is up; tells which. */
export async function pollUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await delay(INTERVAL_MS);
  }
}
