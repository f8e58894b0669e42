import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import type { HealthCheckConfig, NodeConfig, ServiceName } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import { RoutingEngine } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '@signalbox/hosting';
import { request } from 'undici';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { FleetLease } from '@signalbox/hosting';

/** The lease survives one missed renewal, and whatever pause a busy machine makes when checks are frequent. */
const LEASE_ROUNDS = 2.5;
const LEAST_LEASE_MS = 10_000;

/**
 * Active checks of the nodes that configure one: one replica checks for all, holding a lease. A failed check weighs
 * like an error event of medium severity, here and by gossip on the others; it does not open a circuit alone.
 */
@Injectable()
export class HealthChecks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HealthChecks.name);
  private readonly lease: FleetLease;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    bus: MessageBus,
    @Inject(CLOCK) clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
  ) {
    const { replicaId, healthCheckEveryMs } = settings;
    this.lease = new FleetLease(bus, clock, {
      name: 'health-checks',
      replicaId,
      lastsMs: Math.max(LEAST_LEASE_MS, LEASE_ROUNDS * healthCheckEveryMs),
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), this.settings.healthCheckEveryMs);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.lease.release();
  }

  private async round(): Promise<void> {
    try {
      if (!(await this.lease.isHeld())) return;
      const checks = this.catalog
        .services()
        .flatMap((service) =>
          service.nodes.flatMap((node) =>
            node.healthCheck === undefined || node.drained === true
              ? []
              : [this.check(service.serviceName, node, node.healthCheck)],
          ),
        );
      await Promise.all(checks);
    } catch (error) {
      this.logger.warn(`Health checks skipped this round: ${String(error)}`);
    }
  }

  private async check(service: ServiceName, node: NodeConfig, check: HealthCheckConfig): Promise<void> {
    const failure = await failureOf(node.baseUrl, check);
    if (failure === null) return;
    this.logger.warn(`Health check of ${service}/${node.nodeId} failed: ${failure}`);
    this.engine.recordHealthCheck(service, node.nodeId, false);
  }
}

async function failureOf(baseUrl: string, check: HealthCheckConfig): Promise<string | null> {
  try {
    const answer = await request(new URL(check.path, baseUrl), {
      signal: AbortSignal.timeout(check.timeoutMs),
    });
    await answer.body.dump();
    return answer.statusCode === check.expectedStatus
      ? null
      : `status ${answer.statusCode}, expected ${check.expectedStatus}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
