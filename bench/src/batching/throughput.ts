export interface ThroughputFigures {
  /** Items a second through the batching worker, from acceptance to result. */
  readonly itemsPerSecond: number;
  /** Jobs a second through BullMQ alone: the same Redis, the same concurrency, a processor that does nothing. */
  readonly bareJobsPerSecond: number;
  readonly ratio: number;
}

/** Items a second of the worker beside bare BullMQ, in turns in the same run; null until there is a worker to measure. */
export async function throughputFigures(): Promise<ThroughputFigures | null> {
  return null;
}
