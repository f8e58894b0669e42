import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  seriesQuery,
  type EventMap,
  type PerformanceAnalytics,
  type RealtimePerformance,
  type SeriesQuery,
  type Success,
} from '@signalbox/contracts';
import { OnFact } from '@signalbox/messaging';
import { Access, Caller, ValidQuery, mayTouch } from '@signalbox/platform';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../config.js';
import { CoordinationEvents } from './coordination-events.js';
import { PerformanceMetrics } from './performance-metrics.js';

@ApiTags('realtime')
@Controller()
export class PerformanceController {
  constructor(
    private readonly metrics: PerformanceMetrics,
    private readonly events: CoordinationEvents,
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  /** How each service performs, as last collected. */
  @Get('stream-b-coordination/metrics/realtime')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 120 })
  async newest(@Caller() caller: Caller): Promise<Success<RealtimePerformance>> {
    const items = (await this.metrics.latest()).filter(({ serviceName }) => mayTouch(caller, serviceName));
    const collectedAt = items.map((metrics) => metrics.collectedAt).sort();
    return ok({
      items,
      collectedAt: collectedAt.at(-1) ?? null,
      intervalSeconds: this.settings.metricsIntervalMs / 1_000,
    });
  }

  /** Series of the last 24 h, by service and metric; null where nothing was measured. */
  @Get('external-services/analytics/performance')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async series(
    @ValidQuery(seriesQuery) query: SeriesQuery,
    @Caller() caller: Caller,
  ): Promise<Success<PerformanceAnalytics>> {
    return ok(await this.metrics.series(query, (serviceName) => mayTouch(caller, serviceName)));
  }

  /** Every gateway reads the whole stream of 24 h when it starts: a restart forgets no event. */
  @OnFact('agents.event', { consumer: 'performance', delivery: 'every-replica', from: 'all' })
  count(event: EventMap['agents.event']): void {
    this.events.take(event);
  }
}
