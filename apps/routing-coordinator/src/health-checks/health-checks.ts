import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import type { ErrorReported, HealthCheckConfig, NodeConfig, ServiceName } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '../engine/ambient.js';
import { request } from 'undici';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { FleetLease } from '../fleet/fleet-lease.js';

/**
 * Active checks of the nodes that configure one: one replica checks for all, holding a lease. A failed check
 * is reported as an error event of medium severity; it does not open a circuit alone.
 */
@Injectable()
export class HealthChecks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HealthChecks.name);
  private readonly lease: FleetLease;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly catalog: LiveCatalog,
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
  ) {
    const { replicaId, healthCheckEveryMs } = settings;
    this.lease = new FleetLease(bus, clock, {
      name: 'health-checks',
      replicaId,
      lastsMs: healthCheckEveryMs * 1.5,
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
    const event: ErrorReported = {
      eventId: randomUUID(),
      occurredAt: new Date(this.clock.nowMs()).toISOString(),
      serviceName: service,
      errorType: 'health_check_failed',
      severity: 'medium',
      errorMessage: `GET ${check.path} of ${node.nodeId}: ${failure}`,
      errorDetails: { failedProviders: [node.nodeId] },
    };
    this.bus.post('errors.reported', service, event);
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
