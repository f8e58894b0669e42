import { Inject, Injectable, Logger } from '@nestjs/common';
import type { HealthCheckConfig, NodeConfig, ServiceName } from '@signalbox/contracts';
import { Schedule } from '@signalbox/hosting';
import { RoutingEngine } from '@signalbox/routing';
import { request } from 'undici';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';

/** The lease survives one missed renewal, and whatever pause a busy machine makes when checks are frequent. */
const LEASE_ROUNDS = 2.5;
const LEAST_LEASE_MS = 10_000;

/**
 * Active checks of the nodes that configure one: one replica checks for all, holding a lease. A failed check weighs
 * like an error event of medium severity, here and by gossip on the others; it does not open a circuit alone.
 */
@Injectable()
export class HealthChecks {
  private readonly logger = new Logger(HealthChecks.name);

  constructor(
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    @Inject(COORDINATOR_SETTINGS) { healthCheckEveryMs: everyMs }: CoordinatorSettings,
    schedule: Schedule,
  ) {
    const lastsMs = Math.max(LEAST_LEASE_MS, LEASE_ROUNDS * everyMs);
    schedule.every({
      work: 'Health checks of nodes',
      everyMs,
      oneReplica: { lease: 'health-checks', lastsMs },
      round: () => this.checkAll(),
    });
  }

  private async checkAll(): Promise<void> {
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
