/** A node may be sent a second's worth at once; more would be a burst that its limit did not promise. */
const BURST_MS = 1_000;

/**
 * `maxRequestsPerSecond` of a node, by GCRA (ITU-T I.371): one number says when the next request is due. The
 * limit is the fleet's, so each replica keeps an even share of it.
 */
export class RequestPace {
  #dueAtMs = 0;

  /** When a request may go: `nowMs` or before when at once. */
  freeAtMs(perSecond: number, replicas: number): number {
    return this.#dueAtMs - Math.max(0, BURST_MS - intervalMs(perSecond, replicas));
  }

  sent(perSecond: number, replicas: number, nowMs: number): void {
    this.#dueAtMs = Math.max(this.#dueAtMs, nowMs) + intervalMs(perSecond, replicas);
  }
}

function intervalMs(perSecond: number, replicas: number): number {
  return (1_000 * replicas) / perSecond;
}
