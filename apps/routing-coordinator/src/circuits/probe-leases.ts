import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import { MessageBus, type KeyValueBucket } from '@signalbox/messaging';
import { RoutingEngine } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { CLOCK, Schedule, type Rounds } from '@signalbox/hosting';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { EngineEvents } from '../engine/engine-events.js';
import { CIRCUIT_BUCKET, probeKey } from './circuit-keys.js';

interface ProbeLease {
  leaseId: string;
  replicaId: string;
  expiresAtMs: number;
}

const POLL_MS = 50;
/** A probe is a real call: as long as an in-flight lease may be, so that a slow answer still counts. */
const LEASE_MS = 60_000;
/** Clocks of replicas may differ by this before two could hold one lease. */
const CLOCK_SKEW_MS = 2_000;

/**
 * One probe of a half-open circuit at a time in the whole fleet: a replica may send one only while it holds
 * the lease in the KV bucket, taken by compare-and-set. Leases are taken ahead, in the background, so that
 * the decision that carries the probe waits for nothing.
 */
@Injectable()
export class ProbeLeases implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ProbeLeases.name);
  private readonly bucket: KeyValueBucket<ProbeLease>;
  private readonly held = new Map<string, string>();
  private readonly rounds: Rounds;

  constructor(
    private readonly engine: RoutingEngine,
    private readonly bus: MessageBus,
    private readonly events: EngineEvents,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
    schedule: Schedule,
  ) {
    this.bucket = bus.bucket<ProbeLease>(CIRCUIT_BUCKET);
    this.rounds = schedule.every({
      work: 'Leases of probes',
      meanwhile: 'Circuits stay open until NATS answers',
      everyMs: POLL_MS,
      round: () => this.takeWanted(),
    });
  }

  onApplicationBootstrap(): void {
    this.events.onProbeEnded((service, nodeId, leaseId) => void this.release(service, nodeId, leaseId));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
    for (const [key, leaseId] of this.held) await this.releaseKey(key, leaseId);
  }

  private async takeWanted(): Promise<void> {
    for (const { serviceName, nodeId } of this.engine.probesWanted()) await this.take(serviceName, nodeId);
  }

  private async take(service: ServiceName, nodeId: string): Promise<void> {
    const nowMs = this.clock.nowMs();
    const lease: ProbeLease = {
      leaseId: randomUUID(),
      replicaId: this.settings.replicaId,
      expiresAtMs: nowMs + LEASE_MS,
    };
    if (this.bus.state !== 'connected') {
      // Alone: no peer can be asked, so this replica's own probe is the only one it can bound.
      this.engine.grantProbe(service, nodeId, lease.leaseId, lease.expiresAtMs);
      return;
    }
    const key = probeKey(service, nodeId);
    const current = await this.bucket.get(key);
    if (current !== null && current.value.expiresAtMs + CLOCK_SKEW_MS > nowMs) return;
    const taken =
      current === null
        ? await this.bucket.create(key, lease)
        : await this.bucket.update(key, lease, current.revision);
    if (!taken.won) return;
    this.held.set(key, lease.leaseId);
    this.engine.grantProbe(service, nodeId, lease.leaseId, lease.expiresAtMs);
  }

  private async release(service: ServiceName, nodeId: string, leaseId: string): Promise<void> {
    await this.releaseKey(probeKey(service, nodeId), leaseId);
  }

  private async releaseKey(key: string, leaseId: string): Promise<void> {
    if (this.held.get(key) !== leaseId) return;
    this.held.delete(key);
    try {
      const current = await this.bucket.get(key);
      if (current?.value.leaseId === leaseId) await this.bucket.deleteIf(key, current.revision);
    } catch (error) {
      this.logger.warn(`Probe lease ${key} is left to expire: ${String(error)}`);
    }
  }
}
