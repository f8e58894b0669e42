import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import type { HealthChanged, ServiceConfig, ServiceName } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import {
  MonitoringSession,
  RoutingEngine,
  type MonitoringEvent,
  type NodeObservation,
} from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { CLOCK } from '@signalbox/hosting';
import { EngineEvents } from '../engine/engine-events.js';
import { FleetLease } from '@signalbox/hosting';
import { SickNodes } from './sick-nodes.js';

const LEASE_MS = 5_000;

interface Watched {
  config: ServiceConfig;
  session: MonitoringSession;
}

/**
 * A monitoring session for every node. Each replica keeps its own, from facts that all share, so that none is
 * blind when another dies; the one that holds the lease tells the world.
 */
@Injectable()
export class MonitoringWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(MonitoringWatch.name);
  private readonly sessions = new Map<string, Watched>();
  private readonly lease: FleetLease;
  private tells = true;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly engine: RoutingEngine,
    private readonly events: EngineEvents,
    private readonly catalog: LiveCatalog,
    private readonly sick: SickNodes,
    private readonly bus: MessageBus,
    @Inject(CLOCK) clock: Clock,
    @Inject(COORDINATOR_SETTINGS) { replicaId }: CoordinatorSettings,
  ) {
    this.lease = new FleetLease(bus, clock, { name: 'monitoring', replicaId, lastsMs: LEASE_MS });
  }

  onApplicationBootstrap(): void {
    this.events.onObserved((observation) => this.look(observation));
    void this.renew();
    this.timer = setInterval(() => void this.renew(), LEASE_MS / 3);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    // What follows, the outbox's last sending included, must not be left out because NATS does not answer.
    await this.lease.release().catch((error: unknown) => {
      this.logger.debug(`Another replica tells of degradations in ${LEASE_MS / 1000} s: ${String(error)}`);
    });
  }

  private async renew(): Promise<void> {
    try {
      this.tells = await this.lease.isHeld();
    } catch (error) {
      this.logger.debug(`Who tells of degradations is not settled: ${String(error)}`);
    }
  }

  private look(observation: NodeObservation): void {
    const { serviceName, nodeId, atMs, successes, failures } = observation;
    const node = this.engine.view(serviceName).nodes.find((candidate) => candidate.node.nodeId === nodeId);
    const session = this.sessionOf(serviceName, nodeId);
    if (node === undefined || session === null) return;
    const outcomes = successes + failures;
    const event = session.observe({
      atMs,
      outcomes,
      failures,
      latencyMs: outcomes === 0 ? null : node.latencyMs,
      circuitOpen: node.circuit.state === 'open',
    });
    this.sick.set(serviceName, nodeId, session.state.kind !== 'healthy');
    if (event !== null) this.tell(event);
  }

  /** A new configuration means new thresholds, and so a new session. */
  private sessionOf(service: ServiceName, nodeId: string): MonitoringSession | null {
    const config = this.catalog.find(service)?.service;
    if (config === undefined) return null;
    const key = `${service}:${nodeId}`;
    const known = this.sessions.get(key);
    if (known?.config === config) return known.session;
    const session = new MonitoringSession(service, nodeId, config.thresholds);
    this.sessions.set(key, { config, session });
    return session;
  }

  private tell(event: MonitoringEvent): void {
    if (!this.tells) return;
    const { serviceName, nodeId, severity, reason, measured, threshold, unit } = event;
    this.logger.warn(
      `${serviceName}/${nodeId} ${event.kind}: ${reason} (${measured ?? '–'} against ${threshold ?? '–'} ${unit ?? ''})`,
    );
    const fact: HealthChanged = {
      eventId: `health:${event.kind}:${nodeId}:${event.atMs}`,
      occurredAt: new Date(event.atMs).toISOString(),
      serviceName,
      nodeId,
      severity,
      reason,
      measured,
      threshold,
      unit,
      dependents: [...(this.catalog.find(serviceName)?.service.dependents ?? [])],
    };
    this.bus.post(event.kind === 'degraded' ? 'health.degraded' : 'health.recovered', serviceName, fact);
  }
}
