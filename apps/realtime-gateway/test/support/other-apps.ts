import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import {
  REPORTS_QUEUE_GROUP,
  SERVICE_NAMES,
  ok,
  reportSubject,
  type BatchQueueView,
  type BatchingFigures,
  type BatchingPerformance,
  type CostMonitoring,
  type CostPeriod,
  type Recommendation,
  type ReportName,
  type ServiceName,
  type ServiceRouting,
  type WebhookCoordination,
} from '@signalbox/contracts';

/** The other apps, as the gateway knows them: who answers its reports, late, never, or is not there at all. */
export class OtherApps {
  private readonly answering = new Map<ReportName, Subscription>();

  private constructor(private readonly nats: NatsConnection) {}

  static async connect(natsUrl: string): Promise<OtherApps> {
    return new OtherApps(await connect({ servers: natsUrl.replace('nats://', '') }));
  }

  async answer(name: ReportName, data: unknown): Promise<void> {
    await this.listen(name, (respond) => respond(JSON.stringify(ok(data))));
  }

  /** It takes the questions, and says nothing. */
  async fallSilent(name: ReportName): Promise<void> {
    await this.listen(name, () => undefined);
  }

  /** Nobody is there to be asked. */
  async goAway(name: ReportName): Promise<void> {
    this.answering.get(name)?.unsubscribe();
    this.answering.delete(name);
    await this.nats.flush();
  }

  async answerAll(): Promise<void> {
    await this.answer('service-routing', { items: SERVICE_NAMES.map(routingOf) });
    await this.answer('cost-monitoring', costs());
    await this.answer('recommendations', { items: SERVICE_NAMES.map(recommendationOf) });
    await this.answer('batching-performance', batching());
    await this.answer('batch-queues', { items: SERVICE_NAMES.map(queueOf) });
    await this.answer('webhook-coordination', webhooks());
  }

  close(): Promise<void> {
    return this.nats.close();
  }

  private async listen(name: ReportName, heard: (respond: (text: string) => void) => void): Promise<void> {
    this.answering.get(name)?.unsubscribe();
    const subscription = this.nats.subscribe(reportSubject(name), {
      queue: REPORTS_QUEUE_GROUP,
      callback: (_error, message) => heard((text) => message.respond(text)),
    });
    this.answering.set(name, subscription);
    await this.nats.flush();
  }
}

/** 1 for the first service, 10 for the second, 100 for the third: whatever is added up says of whom it is. */
export function shareOf(serviceName: ServiceName): number {
  return 10 ** SERVICE_NAMES.indexOf(serviceName);
}

export function routingOf(serviceName: ServiceName): ServiceRouting {
  return {
    serviceName,
    strategy: 'COST_OPTIMIZED',
    status: 'healthy',
    reasons: [],
    errorRate: null,
    latencyMs: { p50: null, p95: null, p99: null },
    inFlight: shareOf(serviceName),
    traffic: {
      requestsPerSecond: shareOf(serviceName),
      criticalErrors: 0,
      utilization: null,
      latencyMs: { mean: null, p95: null, p99: null },
    },
    override: null,
    nodes: [],
  };
}

function costs(): CostMonitoring {
  const period = (share: number): CostPeriod => ({
    capUsd: share * 3,
    spentUsd: share,
    reservedUsd: share,
    utilization: 0.2,
    projection: null,
    projectionUnavailable: `too little of ${share}`,
  });
  const all = SERVICE_NAMES.reduce((sum, name) => sum + shareOf(name), 0);
  return {
    asOf: '2026-11-21T10:00:00.000Z',
    services: SERVICE_NAMES.map((serviceName) => {
      const renewsAt = '2026-12-01T00:00:00.000Z';
      const one = period(shareOf(serviceName));
      return {
        ...{ serviceName, band: 'open', shadow: false, timeZone: 'UTC', openReservations: 0 },
        ...{ day: { ...one, periodKey: '2026-11-21', renewsAt } },
        ...{ month: { ...one, periodKey: '2026-11', renewsAt } },
      };
    }),
    total: { day: period(all), month: period(all) },
  };
}

function recommendationOf(serviceName: ServiceName): Partial<Recommendation> {
  return { id: `recommendation_${serviceName}`, serviceName, title: `Save with ${serviceName}` };
}

function figures(share: number): BatchingFigures {
  return {
    ...{ requestsIn: share * 4, succeeded: share * 4, failed: 0, dead: 0 },
    ...{ requestsSent: share, requestsSaved: share * 3, reduction: 0.75, duplicatesRemoved: 0 },
    ...{ billableUnits: share, billableUnitsSaved: share * 3, retries: 0, bisections: 0, costUsd: share },
    waitMs: { CRITICAL: null, HIGH: null, MEDIUM: null, LOW: { requests: share, mean: 1, p50: 1, p99: 1 } },
  };
}

function batching(): BatchingPerformance {
  const all = SERVICE_NAMES.reduce((sum, name) => sum + shareOf(name), 0);
  return {
    from: '2026-11-20T10:00:00.000Z',
    to: '2026-11-21T10:00:00.000Z',
    total: figures(all),
    services: Object.fromEntries(
      SERVICE_NAMES.map((name) => [name, figures(shareOf(name))]),
    ) as BatchingPerformance['services'],
  };
}

export function queueOf(serviceName: ServiceName): BatchQueueView {
  const total = shareOf(serviceName);
  return {
    ...{ serviceName, enabled: true, depth: { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: total } },
    ...{ states: { queued: total, sending: 0, retrying: 0 }, total, oldestWaitMs: 5, assembler: null },
  };
}

function webhooks(): WebhookCoordination {
  const none = { p50: null, p95: null, p99: null };
  return {
    from: '2026-11-21T09:00:00.000Z',
    to: '2026-11-21T10:00:00.000Z',
    services: SERVICE_NAMES.map((serviceName) => {
      const received = shareOf(serviceName);
      return {
        ...{ serviceName, enabled: true, problems: [], received, verified: received, refused: 0 },
        ...{ refusedByReason: {}, limited: 0, events: received, duplicate: 0, processed: received },
        ...{ ignored: 0, failed: 0, pending: 0, retrying: 0, dead: 0, lastReceivedAt: null },
        ...{ receiptLatencyMs: none, processingLatencyMs: none },
      };
    }),
    handlers: SERVICE_NAMES.map((serviceName) => ({
      name: `handler of ${serviceName}`,
      serviceName,
      circuit: 'closed',
    })),
    airtableFeeds: [
      {
        ...{ baseId: 'appOfAirtable', webhookId: 'ach', cursor: 1, behind: false, failures: 0 },
        ...{ lastError: null, expiresAt: null, goneAt: null },
      },
    ],
    outbox: 0,
  };
}
