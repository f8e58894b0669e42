import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { CLOCK, Fleet, FleetLease, HOSTED, type Hosted } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';
import { BATCHING_SETTINGS, type BatchingWorkerSettings } from '../config.js';
import { ServiceLines } from '../line/service-lines.js';
import { LivePolicies } from '../policies/live-policies.js';
import { ItemQueues } from './item-queues.js';
import { itemWorkers, type ItemWorker } from './item-worker.js';

const TICK_MS = 1_000;
/** Survives four missed renewals of a busy process; a dead one is followed this soon. */
const LEASE_MS = 5_000;
/** A service that nobody assembles is taken over even by a replica that has its share, after so many looks. */
const PATIENCE_TICKS = 3;
/** Requests of a service in memory at most, and their bytes. */
const MOST_HELD = 5_000;
const MOST_HELD_BYTES = 64 * 1024 ** 2;
/** Of the queue's priorities: critical and high. They are let in when the line is full of others. */
const URGENT = [1, 2];
const LOOK_FOR_URGENT_EVERY_MS = 100;
const MOST_URGENT = 100;
/** Parcels in hand while there is room; what they hold is bounded above. */
const MOST_PARCELS = 2_000;

interface Duty {
  lease: FleetLease;
  worker: ItemWorker;
  held: boolean;
  patience: number;
}

/**
 * Who assembles a service: one replica at a time, so that requests that can share a call meet wherever they came in.
 * It takes the service's jobs; the others stand by. A replica that dies is followed when its lease ends, and BullMQ
 * gives out its jobs again when their locks do. While NATS is away every replica assembles for itself: batches are
 * smaller then, and nothing else changes, for the claims in PostgreSQL do not depend on who is on duty.
 */
@Injectable()
export class AssemblyDuty implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(AssemblyDuty.name);
  private readonly duties = new Map<ServiceName, Duty>();
  private timers: NodeJS.Timeout[] = [];
  private closing = false;

  constructor(
    private readonly modules: ModuleRef,
    private readonly bus: MessageBus,
    private readonly fleet: Fleet,
    private readonly lines: ServiceLines,
    private readonly queues: ItemQueues,
    private readonly policies: LivePolicies,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(HOSTED) private readonly hosted: Hosted,
    @Inject(BATCHING_SETTINGS) private readonly settings: BatchingWorkerSettings,
  ) {}

  isOnDuty(serviceName: ServiceName): boolean {
    return this.duties.get(serviceName)?.held === true;
  }

  onApplicationBootstrap(): void {
    this.queues.openAll();
    if (!this.settings.batchWorker) return;
    for (const type of itemWorkers) {
      const worker = this.modules.get(type, { strict: false });
      const lease = new FleetLease(this.bus, this.clock, {
        name: `batching-${worker.serviceName}`,
        replicaId: this.hosted.replicaId,
        lastsMs: LEASE_MS,
      });
      this.duties.set(worker.serviceName, { lease, worker, held: false, patience: PATIENCE_TICKS });
    }
    this.timers = [
      setInterval(() => void this.tick(), TICK_MS),
      setInterval(() => void this.letIn(), LOOK_FOR_URGENT_EVERY_MS),
    ];
    void this.tick();
  }

  /** Hands over: what has not left goes back to the queue, what has left comes to its end. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(
      [...this.duties].map(async ([serviceName, { lease, worker, held }]) => {
        if (held) await worker.worker.pause(true);
        await this.lines.of(serviceName).close();
        await lease.release().catch(() => undefined);
      }),
    );
  }

  private async tick(): Promise<void> {
    await Promise.all(SERVICE_NAMES.map((serviceName) => this.renew(serviceName)));
  }

  private async renew(serviceName: ServiceName): Promise<void> {
    const duty = this.duties.get(serviceName);
    if (duty === undefined) return;
    const wanted = this.policies.isLoaded && this.policies.policyOf(serviceName).enabled;
    const mine = wanted && (await this.isMine(duty));
    if (this.closing) return;
    if (mine !== duty.held) {
      duty.held = mine;
      this.logger.log(`${mine ? 'Assembling' : 'No longer assembling'} ${serviceName}`);
      const { worker } = duty.worker;
      // Both return at once; a failure to reach Redis is told by the connection and mended by BullMQ.
      if (mine) worker.resume().catch(() => undefined);
      else worker.pause(true).catch(() => undefined);
    }
    if (!mine) this.lines.of(serviceName).releaseStranded();
  }

  /** Each replica takes its share of the services, and more only when nobody else does. */
  private async isMine(duty: Duty): Promise<boolean> {
    const onDuty = [...this.duties.values()].filter(({ held }) => held).length;
    const share = Math.ceil(SERVICE_NAMES.length / Math.max(1, this.fleet.replicas()));
    if (!duty.held && onDuty >= share && duty.patience > 0) {
      duty.patience -= 1;
      return false;
    }
    const mine = await duty.lease.isHeld().catch(() => duty.held);
    if (mine) return true;
    duty.patience = PATIENCE_TICKS;
    return false;
  }

  private isFull(serviceName: ServiceName): boolean {
    const line = this.lines.of(serviceName);
    return line.heldItems >= MOST_HELD || line.heldBytes >= MOST_HELD_BYTES;
  }

  /** How many parcels each worker takes: as many as fit, and when none fits only urgent ones. */
  private async letIn(): Promise<void> {
    for (const [serviceName, { worker, held }] of this.duties) {
      if (!held) continue;
      let concurrency = MOST_PARCELS;
      if (this.isFull(serviceName) && this.queues.isConnected) {
        const counts = await this.queues
          .queueOf(serviceName)
          .getCountsPerPriority(URGENT)
          .catch(() => ({}));
        const urgent = Object.values(counts).reduce((sum, count) => sum + count, 0);
        concurrency = Math.max(1, worker.parcels + Math.min(MOST_URGENT, urgent));
      }
      worker.worker.concurrency = concurrency;
    }
  }
}
