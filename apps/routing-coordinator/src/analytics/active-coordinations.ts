import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ActiveCoordinationsQuery, Page, ServiceName } from '@signalbox/contracts';
import { AnalyticsStore } from '@signalbox/persistence';
import { RoutingEngine, type InFlightTicket } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { CLOCK } from '@signalbox/hosting';
import { isCallersMistake } from './callers-mistake.js';

/** A call that was decided and whose outcome is not known yet. */
interface ActiveCoordination {
  coordinationId: string;
  serviceName: ServiceName;
  nodeId: string;
  priority: string | null;
  probe: boolean;
  decidedAt: string;
  leaseExpiresAt: string;
}

export interface ActiveCoordinationsPage extends Page<ActiveCoordination> {
  /** `replica` while PostgreSQL is away: only this replica's own calls. */
  scope: 'fleet' | 'replica';
}

const DEFAULT_LIMIT = 50;

/**
 * The calls in flight, oldest first. Of the fleet from history; of this replica from memory, which is ahead of
 * history by the recorder's lag in both directions.
 */
@Injectable()
export class ActiveCoordinations {
  private readonly logger = new Logger(ActiveCoordinations.name);

  constructor(
    private readonly engine: RoutingEngine,
    private readonly store: AnalyticsStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
  ) {}

  async list(query: ActiveCoordinationsQuery): Promise<ActiveCoordinationsPage> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const own = new Map(
      this.engine.inFlight(query.serviceName).map((ticket) => [ticket.coordinationId, activeOf(ticket)]),
    );
    try {
      const page = await this.store.activeDecisions(query, this.clock.nowMs());
      const recorded = page.items.filter(
        ({ replicaId, coordinationId }) => replicaId !== this.settings.replicaId || own.has(coordinationId),
      );
      for (const { coordinationId } of page.items) own.delete(coordinationId);
      // What is not recorded yet is the newest: it stands at the end, on the last page.
      const unrecorded =
        page.nextCursor === null ? [...own.values()].filter(newerThan(page.items.at(-1)?.decidedAt)) : [];
      const items = [
        ...recorded.map(
          ({ coordinationId, serviceName, nodeId, priority, probe, decidedAt, leaseExpiresAt }) => ({
            coordinationId,
            serviceName,
            nodeId,
            priority,
            probe,
            decidedAt,
            leaseExpiresAt,
          }),
        ),
        ...unrecorded,
      ];
      return { items: items.slice(0, limit), nextCursor: page.nextCursor, scope: 'fleet' };
    } catch (error) {
      if (isCallersMistake(error)) throw error;
      this.logger.warn(`Active coordinations are of this replica only: ${String(error)}`);
      return { items: [...own.values()].slice(0, limit), nextCursor: null, scope: 'replica' };
    }
  }

  get count(): number {
    return this.engine.inFlight().length;
  }
}

function activeOf(ticket: InFlightTicket): ActiveCoordination {
  return {
    coordinationId: ticket.coordinationId,
    serviceName: ticket.serviceName,
    nodeId: ticket.nodeId,
    priority: ticket.priority,
    probe: ticket.probe,
    decidedAt: new Date(ticket.decidedAtMs).toISOString(),
    leaseExpiresAt: new Date(ticket.leaseExpiresAtMs).toISOString(),
  };
}

function newerThan(decidedAt: string | undefined): (active: ActiveCoordination) => boolean {
  return (active) => decidedAt === undefined || active.decidedAt >= decidedAt;
}
