import { Injectable, Logger } from '@nestjs/common';
import { DependencyGraph } from '@signalbox/catalog';
import type { ServiceName } from '@signalbox/contracts';
import { Schedule } from '@signalbox/hosting';
import { Cascades, RoutingEngine, type Sickness } from '@signalbox/routing';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { SickNodes } from '../monitoring/sick-nodes.js';
import { TrafficHolds } from './traffic-holds.js';

const LOOK_EVERY_MS = 1_000;

/**
 * Keeps a sick service from taking others down with it: while no healthy node is left to route around to, the
 * services that share a dependent with it are paced and their circuits warned. Every replica does so from
 * facts that all share.
 */
@Injectable()
export class CascadeWatch {
  private readonly logger = new Logger(CascadeWatch.name);
  private readonly cascades = new Cascades();

  constructor(
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    private readonly sick: SickNodes,
    private readonly holds: TrafficHolds,
    schedule: Schedule,
  ) {
    schedule.every({ work: 'Watch for cascades', everyMs: LOOK_EVERY_MS, round: () => this.look() });
  }

  private look(): void {
    const services = this.catalog.services();
    for (const { serviceName } of services) {
      const sickness = this.sicknessOf(serviceName);
      const changed =
        sickness === null
          ? this.cascades.end(serviceName)
          : this.cascades.start(new DependencyGraph(services), serviceName, sickness);
      if (changed === null) continue;
      const protecting = changed.protectedServices.map((service) => service.serviceName);
      this.holds.set(
        `cascade:${serviceName}`,
        sickness === null
          ? []
          : changed.protectedServices.map(({ serviceName: service, pace }) => ({
              kind: 'pace',
              serviceName: service,
              pace,
            })),
      );
      this.engine.setWarned(this.cascades.warnedServices);
      this.logger.warn(
        sickness === null
          ? `${serviceName} is well again: ${protecting.join(', ') || 'no service'} runs at full pace`
          : `${serviceName} is sick (${sickness}) with no healthy node left: pacing ${protecting.join(', ') || 'nothing'} for ${changed.dependents.join(', ')}`,
      );
    }
  }

  /** A service is sick when all its ordinary nodes are: as long as one is well, traffic goes there and nothing cascades. */
  private sicknessOf(service: ServiceName): Sickness | null {
    const sick = new Set(this.sick.of(service));
    const ordinary = this.engine
      .view(service)
      .nodes.filter(({ node }) => node.role !== 'emergency' && !node.drained);
    if (ordinary.length === 0 || ordinary.some(({ node }) => !sick.has(node.nodeId))) return null;
    return ordinary.every(({ circuit }) => circuit.state === 'open') ? 'outage' : 'degraded';
  }
}
