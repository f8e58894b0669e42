import { setTimeout as pause } from 'node:timers/promises';

export interface Measured {
  perSecond: number;
}

/** Items handed over at a time, and worked on at a time: the same for both sides. */
export const CONCURRENCY = 500;

/** Does a piece of work `count` times, {@link CONCURRENCY} at a time. */
export async function inFlight(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}

/** Resolves when nothing is left to be done. */
export async function settled(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await pause(20);
}
