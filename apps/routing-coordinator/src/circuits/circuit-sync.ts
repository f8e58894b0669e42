import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import type { CircuitChanged, ServiceName } from '@signalbox/contracts';
import { MessageBus, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import { RoutingEngine, supersedes, type CircuitChange, type CircuitState } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '@signalbox/hosting';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { EngineEvents } from '../engine/engine-events.js';
import { CIRCUIT_BUCKET, openUntilMs, stateKey } from './circuit-keys.js';

interface CircuitRecord {
  serviceName: ServiceName;
  nodeId: string;
  circuit: CircuitState;
  reason: string;
  replicaId: string;
}

const RETRY_MS = 250;

/**
 * One circuit per node in the whole fleet. A replica that trips writes the state to the KV bucket and tells
 * `circuits.changed`; the others watch the bucket. Writes that fail while NATS is away are kept, newest per
 * node, and made when it is back.
 */
@Injectable()
export class CircuitSync implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(CircuitSync.name);
  private readonly pending = new Map<string, CircuitChange>();
  /** As the bucket has them. */
  private readonly told = new Map<string, CircuitRecord>();
  private readonly bucket: KeyValueBucket<CircuitRecord>;
  private watch: BucketWatch<CircuitRecord> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private flushing = false;

  constructor(
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    private readonly bus: MessageBus,
    private readonly events: EngineEvents,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
  ) {
    this.bucket = bus.bucket<CircuitRecord>(CIRCUIT_BUCKET);
  }

  onApplicationBootstrap(): void {
    // A state that came before the service's configuration is taken when that is there.
    this.catalog.onApplied((service) => {
      for (const record of this.told.values()) if (record.serviceName === service) this.learned(record);
    });
    this.events.onCircuitChanged((change) => this.changedHere(change));
    this.watch = this.bucket.watch((key, entry) => {
      if (entry === null) return;
      this.told.set(key, entry.value);
      this.learned(entry.value);
    }, 'state.>');
    this.timer = setInterval(() => void this.flush(), RETRY_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.watch?.stop();
  }

  /** Older states, and this replica's own coming back, change nothing; after a restart its own are news to it. */
  private learned(record: CircuitRecord): void {
    this.engine.applyCircuit(record.serviceName, record.nodeId, record.circuit);
  }

  private changedHere(change: CircuitChange): void {
    this.logger.warn(
      `Circuit of ${change.serviceName}/${change.nodeId}: ${change.from.state} → ${change.to.state} (${change.reason})`,
    );
    this.pending.set(stateKey(change.serviceName, change.nodeId), change);
    if (change.from.state !== change.to.state) this.tell(change);
    void this.flush();
  }

  private async flush(): Promise<void> {
    if (this.flushing || this.pending.size === 0 || this.bus.state !== 'connected') return;
    this.flushing = true;
    try {
      for (const [key, change] of this.pending) {
        const settled = await this.share(key, change);
        if (settled && this.pending.get(key) === change) this.pending.delete(key);
      }
    } catch (error) {
      this.logger.warn(
        `Circuit states wait to be shared (${this.pending.size}): ${String(error)}. Is NATS up?`,
      );
    } finally {
      this.flushing = false;
    }
  }

  /** Writes the state unless the fleet has moved past it. False when another replica wrote at the same moment. */
  private async share(key: string, change: CircuitChange): Promise<boolean> {
    const current = await this.bucket.get(key);
    if (current !== null && !supersedes(change.to, current.value.circuit)) return true;
    const record: CircuitRecord = {
      serviceName: change.serviceName,
      nodeId: change.nodeId,
      circuit: change.to,
      reason: change.reason,
      replicaId: this.settings.replicaId,
    };
    const written =
      current === null
        ? await this.bucket.create(key, record)
        : await this.bucket.update(key, record, current.revision);
    return written.won;
  }

  private tell(change: CircuitChange): void {
    const until = openUntilMs(change.to);
    const event: CircuitChanged = {
      // Replicas that make one move at the same time tell it under one id: the world hears it once.
      eventId: `circuit:${change.nodeId}:${change.to.generation}:${change.to.state}`,
      occurredAt: new Date(change.atMs).toISOString(),
      serviceName: change.serviceName,
      nodeId: change.nodeId,
      from: change.from.state,
      to: change.to.state,
      reason: change.reason,
      openUntil: until === null ? null : new Date(until).toISOString(),
      replicaId: this.settings.replicaId,
    };
    this.bus.post('circuits.changed', change.serviceName, event);
  }
}
