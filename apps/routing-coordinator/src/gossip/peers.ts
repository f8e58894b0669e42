import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '../engine/ambient.js';

/** Three missed heartbeats. */
const GONE_AFTER_MS = 15_000;
const MAX_PEERS = 256;

/** The other replicas heard of lately: what a share of a fleet-wide limit is divided by. */
@Injectable()
export class Peers {
  private readonly lastHeardMs = new Map<string, number>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  heard(replicaId: string): void {
    if (this.lastHeardMs.size >= MAX_PEERS) this.forgetGone();
    this.lastHeardMs.set(replicaId, this.clock.nowMs());
  }

  /** This replica and its living peers; at least 1. */
  replicas(): number {
    this.forgetGone();
    return this.lastHeardMs.size + 1;
  }

  private forgetGone(): void {
    const bound = this.clock.nowMs() - GONE_AFTER_MS;
    for (const [replicaId, heardMs] of this.lastHeardMs) {
      if (heardMs < bound) this.lastHeardMs.delete(replicaId);
    }
  }
}
