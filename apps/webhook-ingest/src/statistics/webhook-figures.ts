import { Inject, Injectable } from '@nestjs/common';
import {
  SERVICE_NAMES,
  type ServiceName,
  type Timeframe,
  type TrendDirection,
  type WebhookCoordination,
  type WebhookLatency,
  type WebhookServiceStats,
  type WebhookStats,
  type WebhookTrend,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import {
  AirtableFeeds,
  WebhookOutbox,
  WebhookTallies,
  type SpanTally,
  type Undone,
} from '@signalbox/persistence';
import type { Clock, LatencySketch } from '@signalbox/statistics';
import { AttemptEvent } from '../processing/attempt-event.js';
import { LiveSources } from '../sources/live-sources.js';
import { Tally, type CountName, type StoredTally } from './tally.js';
import { SPAN_MS, WebhookCounts } from './webhook-counts.js';

const HOUR_MS = 3_600_000;
const LENGTH_MS: Record<Timeframe, number> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
};
/** Of the series: enough for a line on a screen. */
const STEP_MS: Record<Timeframe, number> = {
  '1h': SPAN_MS,
  '24h': HOUR_MS,
  '7d': 6 * HOUR_MS,
  '30d': 24 * HOUR_MS,
};
/** A change that is less than this part is noise. */
const STEADY = 0.1;
const TRENDS = [
  'received',
  'refused',
  'duplicate',
  'processed',
  'failed',
] as const satisfies readonly CountName[];

export interface FigureQuery {
  timeframe: Timeframe;
  /** The services that are shown. */
  services: readonly ServiceName[];
}

/** What the fleet has received and made of it: counts of all replicas, and what is undone right now. */
@Injectable()
export class WebhookFigures {
  constructor(
    private readonly tallies: WebhookTallies<StoredTally>,
    private readonly counts: WebhookCounts,
    private readonly feeds: AirtableFeeds,
    private readonly outbox: WebhookOutbox,
    private readonly sources: LiveSources,
    private readonly attemptEvent: AttemptEvent,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async coordination(query: FigureQuery): Promise<WebhookCoordination> {
    const { nowMs, fromMs } = this.spanOf(query);
    return this.assemble(query, await this.spans(query, fromMs), nowMs, fromMs);
  }

  /** As {@link coordination}, with the same span before it to compare with. */
  async stats(query: FigureQuery): Promise<WebhookStats> {
    const { nowMs, fromMs } = this.spanOf(query);
    const spans = await this.spans(query, fromMs - LENGTH_MS[query.timeframe]);
    const present = spans.filter(({ spanStartMs }) => spanStartMs >= fromMs);
    const earlier = summed(spans.filter(({ spanStartMs }) => spanStartMs < fromMs));
    const total = summed(present);
    const trends = Object.fromEntries(
      TRENDS.map((name) => [name, trendOf(total.counts[name], earlier.counts[name])]),
    ) as WebhookStats['trends'];
    return {
      ...(await this.assemble(query, present, nowMs, fromMs)),
      trends,
      series: seriesOf(present, fromMs, nowMs, STEP_MS[query.timeframe]),
    };
  }

  /** Whole spans, the present one included. */
  private spanOf({ timeframe }: FigureQuery): { nowMs: number; fromMs: number } {
    const nowMs = this.clock.nowMs();
    return { nowMs, fromMs: Math.ceil((nowMs - LENGTH_MS[timeframe]) / SPAN_MS) * SPAN_MS };
  }

  private async spans({ services }: FigureQuery, fromMs: number): Promise<SpanTally<StoredTally>[]> {
    // What this replica has counted until now belongs to it.
    await this.counts.write();
    const spans = await this.tallies.read(fromMs);
    return spans.filter(({ serviceName }) => services.includes(serviceName));
  }

  private async assemble(
    { services }: FigureQuery,
    spans: readonly SpanTally<StoredTally>[],
    nowMs: number,
    fromMs: number,
  ): Promise<WebhookCoordination> {
    const [undone, feeds, outbox] = await Promise.all([
      this.tallies.undone(),
      this.feeds.list(),
      this.outbox.waiting(),
    ]);
    return {
      from: new Date(fromMs).toISOString(),
      to: new Date(nowMs).toISOString(),
      services: SERVICE_NAMES.filter((name) => services.includes(name)).map((name) =>
        this.serviceStats(name, spans, undone),
      ),
      handlers: this.attemptEvent
        .circuitStates()
        .filter(({ handler }) => services.includes(handler.serviceName))
        .map(({ handler: { name, serviceName }, state }) => ({ name, serviceName, circuit: state })),
      airtableFeeds: services.includes('airtable') ? feeds : [],
      outbox,
    };
  }

  private serviceStats(
    serviceName: ServiceName,
    spans: readonly SpanTally<StoredTally>[],
    allUndone: readonly Undone[],
  ): WebhookServiceStats {
    const total = summed(spans.filter((span) => span.serviceName === serviceName));
    const { dead: _deaths, ...counts } = total.counts;
    const undone = allUndone.find((each) => each.serviceName === serviceName);
    const source = this.sources.find(serviceName);
    return {
      serviceName,
      enabled: source?.enabled ?? false,
      problems: [...(source?.problems ?? ['is not loaded yet'])],
      ...counts,
      refusedByReason: Object.fromEntries(total.refusals),
      pending: undone?.pending ?? 0,
      retrying: undone?.retrying ?? 0,
      dead: undone?.dead ?? 0,
      lastReceivedAt: total.lastReceivedAtMs === null ? null : new Date(total.lastReceivedAtMs).toISOString(),
      receiptLatencyMs: latencyOf(total.receiptMs),
      processingLatencyMs: latencyOf(total.processingMs),
    };
  }
}

function summed(spans: readonly SpanTally<StoredTally>[]): Tally {
  const total = new Tally();
  for (const { tally } of spans) total.add(tally);
  return total;
}

function latencyOf(sketch: LatencySketch): WebhookLatency {
  const at = (q: number) => {
    const ms = sketch.quantile(q);
    return ms === null ? null : Math.round(ms * 100) / 100;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function trendOf(current: number, previous: number): WebhookTrend {
  const ratio = previous === 0 ? null : current / previous;
  return {
    current,
    previous,
    ratio: ratio === null ? null : Math.round(ratio * 1_000) / 1_000,
    direction: directionOf(current, ratio),
  };
}

function directionOf(current: number, ratio: number | null): TrendDirection {
  if (ratio === null) return current > 0 ? 'rising' : 'steady';
  if (ratio > 1 + STEADY) return 'rising';
  return ratio < 1 - STEADY ? 'falling' : 'steady';
}

function seriesOf(
  spans: readonly SpanTally<StoredTally>[],
  fromMs: number,
  toMs: number,
  stepMs: number,
): WebhookStats['series'] {
  const points: WebhookStats['series'] = [];
  for (let atMs = Math.floor(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs) {
    const { received, refused, duplicate, processed, failed } = summed(
      spans.filter(({ spanStartMs }) => spanStartMs >= atMs && spanStartMs < atMs + stepMs),
    ).counts;
    points.push({ at: new Date(atMs).toISOString(), received, refused, duplicate, processed, failed });
  }
  return points;
}
