import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { SERVICE_NAMES, type DecisionMade, type ServiceName } from '@signalbox/contracts';
import { aNode, aService } from '@signalbox/testkit';
import { CatalogStore } from '../config/catalog-store.js';
import { ConfigStore } from '../config/config-store.js';
import { HistoryStore } from '../history/history-store.js';
import { aDecision, anOutcomeOf, NOON_MS } from '../testing/events.js';
import { BY, withDatabase } from '../testing/with-database.js';
import { DecisionStore } from './decision-store.js';

const MINUTE_MS = 60_000;
const STRIPE = { providerName: 'Stripe', region: 'us-east-1', baseUrl: 'https://api.stripe.com' };
const STRIPE_WEST = { providerName: 'Stripe West', region: 'us-west-2', baseUrl: 'https://west.stripe.com' };

/** With every figure of its own, so that one taken for another is seen. */
function aWholeDecision(atMs: number): DecisionMade {
  const made = aDecision({ atMs, cost: 0.029, baselineCost: 0.031, decisionMs: 1.75 });
  made.decision.routingDecision.selectedNode = {
    ...{ nodeId: 'stripe_east', ...STRIPE },
    ...{ successRate: 99.123, costPerRequest: 0.029, healthScore: 93 },
  };
  made.decision.routingDecision.alternatives = [
    {
      ...{ nodeId: 'stripe_west', ...STRIPE_WEST },
      ...{ successRate: 98.5, costPerRequest: 0.032, healthScore: 88, rank: 1, estimatedLatency: 181.2 },
    },
  ];
  made.decision.routingDecision.excluded = [
    {
      nodeId: 'stripe_spare',
      reason: 'circuit_open',
      until: new Date(atMs + MINUTE_MS).toISOString(),
      circuit: 'open',
    },
  ];
  made.decision.performanceMetrics = {
    totalCoordinationTime: 1.75,
    routingDecisionTime: 1.1,
    backendIntegrationTime: 0.4,
    optimizationTime: 0.25,
  };
  made.decision.backendAgentIntegration = {
    errorStreamRegistered: true,
    recoveryStrategyActivated: false,
    monitoringActive: true,
    crossStreamCoordinated: false,
  };
  made.decision.businessOutcome = {
    estimatedCostSavings: 0.004,
    estimatedPerformanceGain: null,
    riskMitigation: 'high',
    customerImpactReduction: 99.123,
  };
  made.decision.metadata.coordinationStrategy = 'backend_integrated_coordination';
  made.decision.metadata.appliedOptimizations = ['intelligent_routing', 'backend_agent_coordination'];
  return made;
}

describe('decision store', () => {
  const test = withDatabase();
  const history = () => new HistoryStore(test.database, test.partitions, test.clock);
  const store = () => new DecisionStore(test.database);
  const ids = (page: { items: { coordinationId: string }[] }) =>
    page.items.map(({ coordinationId }) => coordinationId);

  before(async () => {
    const configs = new ConfigStore(test.database, test.audit);
    const catalog = new CatalogStore(configs);
    const [east, west] = [
      aNode({ nodeId: 'stripe_east', ...STRIPE }),
      aNode({ nodeId: 'stripe_west', role: 'secondary', ...STRIPE_WEST }),
    ];
    await catalog.seed([aService({ nodes: [east, west] })], BY);
    const renamed = aService({ nodes: [{ ...east, providerName: 'Stripe of later' }, west] });
    await catalog.put(renamed, { by: BY });
    const after = aService({ nodes: [{ ...east, providerName: 'Stripe of much later' }, west] });
    await catalog.put(after, { by: BY });
    for (const [version, atMs] of [NOON_MS - 90 * MINUTE_MS, NOON_MS, NOON_MS + MINUTE_MS].entries()) {
      await test.database.query('UPDATE config_versions SET created_at = $2 WHERE version = $1', [
        version + 1,
        new Date(atMs).toISOString(),
      ]);
    }
  });

  it('gives back a decision as it was answered, with what became of it', async () => {
    const made = aWholeDecision(NOON_MS - MINUTE_MS);
    const { coordinationId } = made.decision;
    assert.equal(await store().find(coordinationId), null);
    await history().writeDecisions([made]);
    const expected = {
      coordinationId,
      serviceName: 'stripe',
      operation: 'payment_processing',
      nodeId: 'stripe_east',
      strategy: 'HEALTH_BASED',
      decidedAt: made.occurredAt,
      outcome: null,
      latencyMs: null,
      priority: 'HIGH',
      caller: 'checkout',
      baselineCost: 0.031,
      decision: made.decision,
    };
    assert.deepEqual(await store().find(coordinationId), expected);
    await history().writeOutcomes([anOutcomeOf(made, { outcome: 'timeout', latencyMs: 2_000 })]);
    assert.deepEqual(await store().find(coordinationId), {
      ...expected,
      outcome: 'timeout',
      latencyMs: 2_000,
    });
  });

  it('names nodes as they were configured when it was decided', async () => {
    const nameAt = async (atMs: number) => {
      const made = aWholeDecision(atMs);
      await history().writeDecisions([made]);
      const found = await store().find(made.decision.coordinationId);
      assert.ok(found !== null && found !== 'incomplete');
      return found.decision.routingDecision.selectedNode.providerName;
    };
    assert.equal(await nameAt(NOON_MS - 2_000), 'Stripe');
    assert.equal(await nameAt(NOON_MS + 2_000), 'Stripe of later');
    // Before the first version that is stored: its replica began without PostgreSQL.
    assert.equal(await nameAt(NOON_MS - 100 * MINUTE_MS), 'Stripe');
  });

  it('tells a decision of before its figures were kept from one that is not there', async () => {
    const made = aWholeDecision(NOON_MS - 3 * MINUTE_MS);
    await history().writeDecisions([made]);
    await test.database.query(
      'UPDATE decisions SET details = NULL, optimizations = NULL WHERE coordination_id = $1',
      [made.decision.coordinationId],
    );
    assert.equal(await store().find(made.decision.coordinationId), 'incomplete');
    assert.equal(await store().find('no such id'), null);
  });

  it('lists the newest first, page by page, each once, of the services that are asked for', async () => {
    const atMs = NOON_MS - 30 * MINUTE_MS;
    const of = (serviceName: ServiceName, n: number) => aDecision({ serviceName, atMs: atMs + n * 1_000 });
    const busy = Array.from({ length: 25 }, (_, n) => of('twilio', Math.floor(n / 3)));
    const rare = [of('maps', 3), of('samsara', 5)];
    await history().writeDecisions([...busy, ...rare]);
    await history().writeOutcomes([anOutcomeOf(rare[0]!, { latencyMs: 80 })]);

    const all: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await store().list(
        { limit: 4, ...(cursor === undefined ? {} : { cursor }) },
        ['twilio', 'maps', 'samsara'],
        NOON_MS,
      );
      assert.ok(page.items.length <= 4);
      all.push(...ids(page));
      cursor = page.nextCursor;
    }
    const expected = [...busy, ...rare].map(({ decision }) => decision.coordinationId).sort();
    assert.deepEqual([...all].sort(), expected);
    const second = (id: string) => Number(id.split('_')[1]);
    assert.deepEqual(
      all.map(second),
      all.map(second).sort((a, b) => b - a),
    );

    const { items } = await store().list({}, ['maps'], NOON_MS);
    assert.deepEqual(items, [
      {
        coordinationId: rare[0]!.decision.coordinationId,
        serviceName: 'maps',
        operation: 'payment_processing',
        nodeId: rare[0]!.decision.routingDecision.selectedNode.nodeId,
        strategy: 'HEALTH_BASED',
        decidedAt: rare[0]!.occurredAt,
        outcome: 'success',
        latencyMs: 80,
      },
    ]);
    assert.deepEqual((await store().list({}, [], NOON_MS)).items, []);
    assert.equal((await store().list({ limit: 500 }, SERVICE_NAMES, NOON_MS)).nextCursor, null);
    await assert.rejects(store().list({ cursor: 'nonsense' }, SERVICE_NAMES, NOON_MS), {
      code: 'VALIDATION_FAILED',
    });
  });
});
