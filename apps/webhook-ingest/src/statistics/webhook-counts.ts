import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { WebhookTallies } from '@signalbox/persistence';
import { Metrics } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { COUNTS, Tally, type CountName, type StoredTally } from './tally.js';

/** Fine enough for a trend within the hour; 30 days of six services are some 50,000 rows a replica. */
export const SPAN_MS = 5 * 60_000;
/** What a crash may cost the figures: the events themselves are counted where they are kept. */
const WRITE_EVERY_MS = 2_000;

interface Span {
  readonly spanStartMs: number;
  readonly serviceName: ServiceName;
  readonly tally: Tally;
}

/** Counts on the hot path, in memory; written every two seconds for the fleet's figures, and told as metrics. */
@Injectable()
export class WebhookCounts implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookCounts.name);
  private readonly writer = randomUUID();
  private readonly totals = new Map<ServiceName, Tally>();
  private readonly current = new Map<ServiceName, Span>();
  /** The present span's, and earlier ones that are not written yet. */
  private readonly spans = new Set<Span>();
  private readonly changed = new Set<Span>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: WebhookTallies<StoredTally>,
    metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const { totals } = this;
    metrics.gauge({
      name: 'signalbox_webhooks_total',
      help: 'Deliveries and events since the start, by service and what became of them',
      labelNames: ['service', 'what'],
      collect() {
        for (const [service, { counts }] of totals) {
          for (const what of COUNTS) this.set({ service, what }, counts[what]);
        }
      },
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.write(), WRITE_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  count(serviceName: ServiceName, name: CountName, by = 1): void {
    this.total(serviceName).counts[name] += by;
    this.present(serviceName).counts[name] += by;
  }

  received(serviceName: ServiceName, nowMs: number): void {
    this.count(serviceName, 'received');
    this.present(serviceName).lastReceivedAtMs = nowMs;
  }

  refused(serviceName: ServiceName, reason: string): void {
    this.total(serviceName).refused(reason);
    this.present(serviceName).refused(reason);
  }

  receipt(serviceName: ServiceName, latencyMs: number): void {
    this.present(serviceName).receiptMs.add(latencyMs);
  }

  processing(serviceName: ServiceName, latencyMs: number): void {
    this.present(serviceName).processingMs.add(latencyMs);
  }

  /** Resolves when all that was counted so far is written, or could not be. */
  write(): Promise<void> {
    this.writing = this.writing.then(() => this.writeChanged());
    return this.writing;
  }

  private async writeChanged(): Promise<void> {
    const changed = [...this.changed].filter((span) => this.spans.has(span));
    this.changed.clear();
    try {
      await this.store.write(
        this.writer,
        changed.map((span) => ({ ...span, tally: span.tally.stored() })),
      );
      this.forgetWritten();
    } catch (error) {
      for (const span of changed) this.changed.add(span);
      this.logger.debug(`Counts are written later: ${String(error)}`);
    }
  }

  private forgetWritten(): void {
    const present = this.spanStart();
    for (const span of this.spans) {
      if (span.spanStartMs < present && !this.changed.has(span)) this.spans.delete(span);
    }
  }

  private present(serviceName: ServiceName): Tally {
    const spanStartMs = this.spanStart();
    let span = this.current.get(serviceName);
    if (span?.spanStartMs !== spanStartMs) {
      span = { spanStartMs, serviceName, tally: new Tally() };
      this.current.set(serviceName, span);
      this.spans.add(span);
      // An hour of six services while PostgreSQL is away; beyond that the oldest figures go.
      if (this.spans.size > 100) this.spans.delete(this.spans.values().next().value as Span);
    }
    this.changed.add(span);
    return span.tally;
  }

  private total(serviceName: ServiceName): Tally {
    let total = this.totals.get(serviceName);
    if (total === undefined) this.totals.set(serviceName, (total = new Tally()));
    return total;
  }

  private spanStart(): number {
    return Math.floor(this.clock.nowMs() / SPAN_MS) * SPAN_MS;
  }
}
