export interface LoadFigures {
  perSecond: number;
  p99Ms: number;
}

/** Keeps so many calls in flight until the count is through. */
export async function load(
  calls: number,
  inFlight: number,
  call: (index: number) => Promise<unknown>,
): Promise<LoadFigures> {
  const latenciesMs = new Float64Array(calls);
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < calls; index = next++) {
      const startedMs = performance.now();
      await call(index);
      latenciesMs[index] = performance.now() - startedMs;
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: inFlight }, caller));
  const seconds = (performance.now() - startedMs) / 1000;
  latenciesMs.sort();
  return { perSecond: calls / seconds, p99Ms: latenciesMs[Math.floor(calls * 0.99)] ?? NaN };
}
