import { Inject, Injectable } from '@nestjs/common';
import type { ApiPerformanceMetrics, EventMap, ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { isServiceName } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';

/** As long as the stream keeps them. */
const COUNTED_MS = 24 * 3_600_000;
/** Far more than people's automations send in a day; the oldest are forgotten first. */
const MOST_EVENTS = 20_000;

type Counts = ApiPerformanceMetrics['coordination'];
type CountedType = EventMap['agents.event']['eventType'];

const COUNTED_AS: Partial<Record<CountedType, keyof Counts>> = {
  database_coordination: 'databaseOptimizations',
  performance_optimization: 'performanceRecommendations',
  innovation_insight: 'innovationOpportunities',
};

/** The coordination events of the last 24 h that name a service. */
@Injectable()
export class CoordinationEvents {
  private events: { atMs: number; serviceName: ServiceName; counted: keyof Counts }[] = [];

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  take({ eventType, payload, occurredAt }: EventMap['agents.event']): void {
    const counted = COUNTED_AS[eventType];
    const { serviceName } = payload;
    if (counted === undefined || !isServiceName(serviceName)) return;
    this.events.push({ atMs: Date.parse(occurredAt), serviceName, counted });
    if (this.events.length > MOST_EVENTS) this.events.shift();
  }

  countsOf(name: ServiceName): Counts {
    const boundMs = this.clock.nowMs() - COUNTED_MS;
    this.events = this.events.filter(({ atMs }) => atMs > boundMs);
    const counts: Counts = {
      databaseOptimizations: 0,
      performanceRecommendations: 0,
      innovationOpportunities: 0,
    };
    for (const { serviceName, counted } of this.events) {
      if (serviceName === name) counts[counted] += 1;
    }
    return counts;
  }
}
