import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import {
  ADMISSIONS_RELEASE,
  ADMISSIONS_REQUEST,
  BUDGETS_BUCKET,
  SERVICE_NAMES,
  wildcardOf,
  type AdmissionAnswer,
  type AdmissionReleased,
  type AdmissionRequest,
  type Budget,
  type BudgetState,
  type DecisionMade,
  type Envelope,
  type EventMap,
  type Fact,
  type OutcomeReported,
  type RateLimit,
  type RateLimitAnswer,
  type ServiceName,
} from '@signalbox/contracts';
import { withHosted, type Answer, type CallOptions, type RestApi } from '@signalbox/hosting/testing';
import { MessageBus, streamOf } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import type { Environment } from '@signalbox/platform';
import { RedisConnection } from '@signalbox/redis';
import { eventually } from '@signalbox/testkit';
import { costOptimizer } from '../../src/index.js';

const silent = { info() {}, warn() {}, error() {}, debug() {} };
let calls = 0;

/** Where it is noon now: no day and no month of a budget ends while a test runs, whenever that is. */
export const NOON_ZONE = zoneOfNoon(new Date().getUTCHours());

/** What ships is no good for counting: room for everything, so that a test says itself what is scarce. */
const AMPLE: Budget = { dailyUsd: 1_000, monthlyUsd: 10_000, timeZone: NOON_ZONE };
const AMPLY: RateLimit = { burst: 100_000, sustainedPerHour: 100_000, daily: 100_000 };

/** Two processes of the app on servers of their own, with what stands around them. */
export function withCosts(envOf: (id: string) => Environment = () => ({})) {
  let bus: MessageBus | undefined;
  let redis: RedisConnection | undefined;
  let database: Database | undefined;
  after(async () => {
    await bus?.close();
    await redis?.close();
    await database?.close();
  });
  const hosted = withHosted([costOptimizer], ['a', 'b'], envOf);
  before(async () => {
    const { natsUrl, redisUrl, databaseUrl } = hosted.servers;
    database = new Database({ url: databaseUrl });
    bus = MessageBus.connect({ url: natsUrl, name: 'a service under test', logger: silent });
    redis = RedisConnection.connect({ url: redisUrl, name: 'a test', logger: silent });
    await bus.connected();
  });

  const given = {
    hosted,
    get servers() {
      return hosted.servers;
    },
    get a() {
      return new Costs(hosted.process('a'));
    },
    get b() {
      return new Costs(hosted.process('b'));
    },
    get bus(): MessageBus {
      return bus!;
    },

    /** Redis comes back with nothing in it. */
    async wipeRedis(): Promise<void> {
      // A busy Redis may take longer than a command's time.
      await eventually(() => redis!.run((client) => client.flushall()));
    },

    /** Told until it is acknowledged, as an outbox does: an event that is told twice is stored once. */
    async decided(event: DecisionMade): Promise<void> {
      await eventually(() => bus!.publish('decisions.made', event.serviceName, event));
    },

    async reported(event: OutcomeReported): Promise<void> {
      await eventually(() => bus!.publish('outcomes.reported', event.serviceName, event));
    },

    /** Over NATS, as services ask. As {@link Costs.check}. */
    ask(request: object): Promise<Envelope<AdmissionAnswer>> {
      return eventually(async () => {
        const answer = await given.askOnce(request);
        assert.ok(answer.success || answer.error.code !== 'DEPENDENCY_UNAVAILABLE', JSON.stringify(answer));
        return answer;
      });
    },

    askOnce(request: object): Promise<Envelope<AdmissionAnswer>> {
      return bus!.request<Envelope<AdmissionAnswer>>(ADMISSIONS_REQUEST, request, { timeoutMs: 10_000 });
    },

    /** Over NATS: an admitted call is not made. */
    async giveBack(serviceName: ServiceName, reservationId: string): Promise<Envelope<AdmissionReleased>> {
      const release = { serviceName, reservationId };
      return bus!.request<Envelope<AdmissionReleased>>(ADMISSIONS_RELEASE, release, { timeoutMs: 10_000 });
    },

    /** Every event of a fact that JetStream has stored, in order. */
    stored<F extends Fact>(fact: F): Promise<EventMap[F][]> {
      return eventually(async () => {
        const { jetstream } = bus!.requireSession();
        const consumer = await jetstream.consumers.get(streamOf(fact), { filter_subjects: wildcardOf(fact) });
        const { num_pending: pending } = await consumer.info();
        const events: EventMap[F][] = [];
        if (pending === 0) return events;
        for await (const message of await consumer.fetch({ max_messages: pending, expires: 10_000 })) {
          events.push(message.json<EventMap[F]>());
        }
        assert.equal(events.length, pending, 'the server did not hand out all of them in time');
        return events;
      });
    },

    /** The bodies of a configuration object's versions, the first first. */
    async versions(object: string): Promise<unknown[]> {
      const rows = await database!.query<{ body: unknown }>(
        'SELECT body FROM config_versions WHERE object = $1 ORDER BY version',
        [object],
      );
      return rows.map(({ body }) => body);
    },

    /** What the bucket says of a service. */
    async state(service: ServiceName): Promise<BudgetState> {
      const entry = await bus!.bucket<BudgetState>(BUDGETS_BUCKET).get(service);
      assert.ok(entry !== null, `the bucket says nothing of ${service}`);
      return entry.value;
    },

    /** Resolves when the bucket says so. */
    eventuallyState(service: ServiceName, check: (state: BudgetState) => void): Promise<BudgetState> {
      return eventually(async () => {
        const state = await given.state(service);
        check(state);
        return state;
      });
    },

    /** A budget and limits of the test's own, in force on both processes. */
    async allow(
      service: ServiceName,
      budget: Partial<Budget>,
      limits: Partial<RateLimit> = {},
    ): Promise<void> {
      const put = (path: string, body: object) =>
        untilAnswered(() => given.a.put<Versioned>(`${path}/${service}`, body));
      const changed = [
        await put('/admin/budgets', { ...AMPLE, ...budget }),
        await put('/admin/rate-limits', { ...AMPLY, ...limits }),
      ];
      const [budgetVersion, limitVersion] = changed.map(({ data }) => data.version);
      await eventually(async () => {
        const seen = await Promise.all([
          given.b.get<Versioned>(`/admin/budgets/${service}`),
          given.b.get<Versioned>(`/admin/rate-limits/${service}`),
        ]);
        assert.deepEqual(
          seen.map(({ data }) => data.version),
          [budgetVersion, limitVersion],
        );
      });
    },
  };
  before(async () => {
    for (const service of SERVICE_NAMES) await given.allow(service, {});
  });
  return given;
}

interface Versioned {
  version: number;
}

/** One process, as its callers see it. */
class Costs {
  constructor(private readonly api: RestApi) {}

  get<T>(path: string, options?: CallOptions): Promise<Answer<T>> {
    return this.api.get<T>(path, options);
  }

  put<T>(path: string, body: unknown, options?: CallOptions): Promise<Answer<T>> {
    return this.api.put<T>(path, body, options);
  }

  post<T>(path: string, body: unknown, options?: CallOptions): Promise<Answer<T>> {
    return this.api.post<T>(path, body, options);
  }

  /**
   * Asks until it is known whether the call is admitted, as a service does: Redis that does not answer for a quarter of a
   * second is a 503, and one id reserves once however often it is asked.
   */
  check(request: object, options?: CallOptions): Promise<Answer<AdmissionAnswer>> {
    return untilAnswered(() => this.checkOnce(request, options));
  }

  checkOnce(request: object, options: CallOptions = { as: 'service' }): Promise<Answer<AdmissionAnswer>> {
    return this.api.post<AdmissionAnswer>('/external-services/check-rate-limit', request, options);
  }

  async tiers(service: ServiceName): Promise<RateLimitAnswer['tiers']> {
    const path = `/external-services/${service}/rate-limit`;
    return (await untilAnswered(() => this.api.get<RateLimitAnswer>(path))).data.tiers;
  }
}

/** For what may be asked again: the first answer that is not that a server does not answer just now. */
export function untilAnswered<T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
  return eventually(async () => {
    const answer = await ask();
    assert.notEqual(answer.status, 503, JSON.stringify(answer.body));
    return answer;
  });
}

/** In the names of these zones east is minus. */
function zoneOfNoon(hourOfUtc: number): string {
  const east = 12 - hourOfUtc;
  return east === 0 ? 'UTC' : `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
}

/** A call that asks to be admitted, under an id of its own. */
export function aCall(serviceName: ServiceName, over: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    ...{ serviceName, operation: 'call', priority: 'MEDIUM', estimatedCost: 0.01 },
    requestId: `r-${randomUUID()}`,
    ...over,
  };
}

export function coordinationId(): string {
  calls += 1;
  return `coord_${Math.floor(Date.now() / 1000)}_${randomUUID().replaceAll('-', '').slice(0, 10)}${calls}`;
}

export interface DecisionOf {
  coordinationId?: string;
  nodeId?: string;
  costUsd?: number;
  reservationId?: string | null;
  overrideId?: string | null;
}

/** `decisions.made` with the parts that accounting reads told, and the rest made up. */
export function aDecision(serviceName: ServiceName, given: DecisionOf = {}): DecisionMade {
  const { nodeId = `${serviceName}_node`, costUsd = 0.01, reservationId = null, overrideId = null } = given;
  const id = given.coordinationId ?? coordinationId();
  const now = new Date().toISOString();
  const node = {
    ...{ nodeId, providerName: nodeId, region: 'global', baseUrl: 'https://provider.example' },
    ...{ successRate: 99, costPerRequest: costUsd, healthScore: 90 },
  };
  return {
    ...{ eventId: id, occurredAt: now, serviceName, operation: 'call', requestId: null, reservationId },
    ...{ priority: 'HIGH', caller: null, baselineCost: costUsd, overrideId },
    agentContext: { errorStreamId: null, recoveryStrategyId: null, monitoringSessionId: null },
    decision: {
      coordinationId: id,
      routingDecision: {
        ...{ selectedNode: node, routingStrategy: 'HEALTH_BASED', decisionReason: 'made up' },
        ...{ estimatedCost: costUsd, estimatedLatency: 100, estimatedSuccessRate: 99 },
        ...{ alternatives: [], excluded: [], lastResort: null, probe: false },
      },
      backendAgentIntegration: {
        ...{ errorStreamRegistered: false, recoveryStrategyActivated: false },
        ...{ monitoringActive: false, crossStreamCoordinated: false },
      },
      performanceMetrics: {
        ...{ totalCoordinationTime: 0, routingDecisionTime: 0 },
        ...{ backendIntegrationTime: 0, optimizationTime: 0 },
      },
      businessOutcome: {
        ...{ estimatedCostSavings: null, estimatedPerformanceGain: null },
        ...{ riskMitigation: 'high', customerImpactReduction: null },
      },
      metadata: {
        ...{ confidenceScore: 90, coordinationStrategy: 'standard_coordination', appliedOptimizations: [] },
        ...{ replicaId: 'elsewhere', decidedAt: now, leaseExpiresAt: now },
      },
    },
  };
}

export function anOutcome(
  serviceName: ServiceName,
  over: Partial<OutcomeReported> & { coordinationId: string },
): OutcomeReported {
  return {
    ...{ serviceName, nodeId: `${serviceName}_node`, outcome: 'success', latencyMs: 100 },
    ...{ eventId: randomUUID(), occurredAt: new Date().toISOString() },
    ...over,
  };
}
