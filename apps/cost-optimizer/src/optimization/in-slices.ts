import { setImmediate as turn } from 'node:timers/promises';

/**
 * Runs a computation that yields every few milliseconds and lets everything else of the process have its turn in
 * between: an admission never waits for a replay.
 */
export async function inSlices<T>(computation: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const { done, value } = computation.next();
    if (done === true) return value;
    await turn();
  }
}
