/** Twenty missed messages: the replica is gone, and its calls with it as far as anybody can tell. */
export const PEER_TTL_MS = 2_000;

/** Calls in flight at one node from each of the other replicas: gauges that replace each other and expire. */
export class PeerGauges {
  readonly #gauges = new Map<string, { inFlight: number; atMs: number }>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  set(replicaId: string, inFlight: number, nowMs: number): void {
    this.#total += inFlight - (this.#gauges.get(replicaId)?.inFlight ?? 0);
    if (inFlight === 0) this.#gauges.delete(replicaId);
    else this.#gauges.set(replicaId, { inFlight, atMs: nowMs });
  }

  expire(nowMs: number): void {
    for (const [replicaId, gauge] of this.#gauges) {
      if (nowMs - gauge.atMs > PEER_TTL_MS) this.set(replicaId, 0, nowMs);
    }
  }
}
