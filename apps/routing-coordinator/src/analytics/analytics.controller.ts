import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SignalboxError,
  activeCoordinationsQuery,
  connectionsQuery,
  ok,
  performanceQuery,
  rangeQuery,
  type ActiveCoordinationsQuery,
  type ConnectionsQuery,
  type CoordinationAnalytics,
  type PerformanceQuery,
  type RangeQuery,
  type ServiceName,
  type ServicePerformance,
  type Success,
} from '@signalbox/contracts';
import { AnalyticsStore } from '@signalbox/persistence';
import { Access, Caller, ServiceParam, ValidQuery, isServiceName, mayTouch } from '@signalbox/platform';
import { RoutingEngine } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '@signalbox/hosting';
import { ActiveCoordinations, type ActiveCoordinationsPage } from './active-coordinations.js';
import { BackendConnections, type ConnectionsPage } from './backend-connections.js';

const DAY_MS = 86_400_000;

/** What happened, from history. Queries that history cannot answer now say so with 503. */
@ApiTags('routing')
@Controller('enhanced-traffic-coordination')
export class AnalyticsController {
  constructor(
    private readonly store: AnalyticsStore,
    private readonly engine: RoutingEngine,
    private readonly active: ActiveCoordinations,
    private readonly connections: BackendConnections,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Totals of a range, the last 24 h unless said otherwise. */
  @Get('coordination-analytics')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async analytics(@ValidQuery(rangeQuery) query: RangeQuery): Promise<Success<CoordinationAnalytics>> {
    const toMs = query.to === undefined ? this.clock.nowMs() : Date.parse(query.to);
    const fromMs = query.from === undefined ? toMs - DAY_MS : Date.parse(query.from);
    if (!(fromMs < toMs)) {
      const fields = [{ path: 'from', message: 'must be a time before `to`' }];
      throw new SignalboxError('VALIDATION_FAILED', 'from must be a time before to', { fields });
    }
    // History knows a decision's time to the second.
    return ok(await this.store.coordinationAnalytics(wholeSecond(fromMs), toMs));
  }

  /** Calls decided whose outcome is not yet known. */
  @Get('active-coordinations')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async activeCoordinations(
    @ValidQuery(activeCoordinationsQuery) query: ActiveCoordinationsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<ActiveCoordinationsPage>> {
    return ok(seenBy(caller, await this.active.list(query)));
  }

  /** Error streams, recovery strategies and monitoring sessions. */
  @Get('backend-agent-connections')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async backendConnections(
    @ValidQuery(connectionsQuery) query: ConnectionsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<ConnectionsPage>> {
    return ok(seenBy(caller, await this.connections.list(query)));
  }

  /** One service over a timeframe, 24h unless said otherwise. */
  @Get('performance-metrics/:serviceName')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async performance(
    @ServiceParam() serviceName: ServiceName,
    @ValidQuery(performanceQuery) query: PerformanceQuery,
  ): Promise<Success<ServicePerformance>> {
    const nowMs = this.clock.nowMs();
    const measured = await this.store.servicePerformance(serviceName, query.timeframe ?? '24h', nowMs);
    return ok({
      ...measured,
      systemHealth: {
        activeCoordinations: this.engine.inFlight(serviceName).length,
        backendConnections: this.connections.count,
        providerHealth: Object.fromEntries(
          this.engine
            .view(serviceName)
            .nodes.map(({ node, healthScore }) => [node.nodeId, Math.round(healthScore)]),
        ),
        lastUpdate: new Date(nowMs).toISOString(),
      },
    });
  }
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** A token that is limited to some services sees those only. */
function seenBy<P extends { items: { serviceName: string }[] }>(caller: Caller, page: P): P {
  const items = page.items.filter(
    ({ serviceName }) => isServiceName(serviceName) && mayTouch(caller, serviceName),
  );
  return { ...page, items };
}
