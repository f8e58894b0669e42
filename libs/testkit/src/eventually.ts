import { setTimeout as delay } from 'node:timers/promises';

export interface Deadline {
  timeoutMs?: number;
}

const INTERVAL_MS = 10;

/**
 * Tries until `attempt` neither throws nor gives false, and resolves with what it gave. Rejects with the
 * last attempt's error at the deadline. A test waits exactly as long as it has to, so the deadline costs nothing
 * where the guarantee holds: a minute unless said, for a machine that has other things to do.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeoutMs = 60_000 }: Deadline = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== false) return value;
      throw new Error(`still false after ${timeoutMs} ms: ${attempt.toString()}`);
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await delay(INTERVAL_MS);
  }
}
