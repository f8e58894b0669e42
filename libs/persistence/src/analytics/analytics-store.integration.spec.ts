import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultCatalog } from '@signalbox/catalog';
import { OUTCOME_KINDS, SERVICE_NAMES } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import { CatalogStore } from '../config/catalog-store.js';
import { ConfigStore } from '../config/config-store.js';
import { HistoryStore } from '../history/history-store.js';
import { OverrideStore } from '../overrides/override-store.js';
import { RecoveryStore } from '../recovery/recovery-store.js';
import { aDecision, anOutcomeOf, NOON_MS, aRecoveryEnded, anOverrideActivated } from '../testing/events.js';
import { BY, withDatabase } from '../testing/with-database.js';
import { AnalyticsStore } from './analytics-store.js';

const HOUR_MS = 3_600_000;

describe('AnalyticsStore', () => {
  const test = withDatabase();
  const analytics = () => new AnalyticsStore(test.database);
  const history = () => new HistoryStore(test.database, test.partitions, test.clock);

  it('says null, not zero, where nothing was measured', async () => {
    const { lastUpdate, ...empty } = await analytics().coordinationAnalytics(NOON_MS - HOUR_MS, NOON_MS);
    assert.match(lastUpdate, /^\d{4}-.*Z$/);
    assert.deepEqual(empty, {
      from: '2026-01-15T11:00:00.000Z',
      to: '2026-01-15T12:00:00.000Z',
      totalServices: 0,
      totalCoordinations: 0,
      successfulCoordinations: 0,
      averageCoordinationTime: null,
      totalCostSavings: null,
      backendIntegrationRate: null,
      serviceBreakdown: {},
      emergencyActivations: 0,
    });
    assert.deepEqual(await analytics().servicePerformance('stripe', '24h', NOON_MS), {
      serviceName: 'stripe',
      timeframe: '24h',
      performanceMetrics: {
        averageCoordinationTime: null,
        successRate: null,
        backendIntegrationRate: null,
        costOptimization: null,
      },
      businessImpact: {
        totalCostSavings: null,
        coordinationsHandled: 0,
        emergencyModeActivations: 0,
        averageResolutionTime: null,
      },
    });
  });

  it('counts calls, success, time, savings and integration by hand', async () => {
    await new CatalogStore(new ConfigStore(test.database, test.audit)).seed(defaultCatalog, BY);
    const at = NOON_MS - 30 * 60_000;
    const stripe = [
      // Success on a node that is dearer than the primary, estimated: 0.029 − 0.032 = −0.003.
      {
        made: aDecision({ atMs: at, cost: 0.032, baselineCost: 0.029, integrated: true, decisionMs: 1 }),
        outcome: {},
      },
      // Timeout, billed less than the primary would be: 0.029 − 0.009 = 0.020.
      {
        made: aDecision({ atMs: at, cost: 0.029, integrated: true, decisionMs: 2 }),
        outcome: { outcome: 'timeout' as const, actualCost: 0.009 },
      },
      // The caller's own error: no success, no failure; its cost counts: 0.029 − 0.029 = 0.
      {
        made: aDecision({ atMs: at, cost: 0.029, decisionMs: 3 }),
        outcome: { outcome: 'client_error' as const },
      },
      // No outcome yet: counts as decided only.
      { made: aDecision({ atMs: at, cost: 0.029, decisionMs: 6 }), outcome: null },
    ];
    const maps = [
      // Success: 0.008 − 0.005 = 0.003.
      {
        made: aDecision({ serviceName: 'maps', atMs: at, cost: 0.005, baselineCost: 0.008, decisionMs: 8 }),
        outcome: {},
      },
    ];
    const outside = [{ made: aDecision({ atMs: NOON_MS, decisionMs: 100 }), outcome: {} }];
    const calls = [...stripe, ...maps, ...outside];
    await history().writeDecisions(calls.map((call) => call.made));
    await history().writeOutcomes(
      calls.flatMap(({ made, outcome }) => (outcome === null ? [] : anOutcomeOf(made, outcome))),
    );

    const { lastUpdate: _lastUpdate, ...told } = await analytics().coordinationAnalytics(
      NOON_MS - HOUR_MS,
      NOON_MS,
    );
    assert.deepEqual(told, {
      from: '2026-01-15T11:00:00.000Z',
      to: '2026-01-15T12:00:00.000Z',
      totalServices: 6,
      totalCoordinations: 5,
      successfulCoordinations: 2,
      averageCoordinationTime: 4, // (1 + 2 + 3 + 6 + 8) ÷ 5
      totalCostSavings: 0.02, // −0.003 + 0.020 + 0 + 0.003
      backendIntegrationRate: 40, // 2 of 5
      serviceBreakdown: {
        maps: { coordinations: 1, successRate: 100, avgCostSavings: 0.003, backendIntegrationRate: 0 },
        // Success 1 of 2; savings 0.017 ÷ 3 = 0.005666…; integration 2 of 4.
        stripe: { coordinations: 4, successRate: 50, avgCostSavings: 0.005667, backendIntegrationRate: 50 },
      },
      emergencyActivations: 0,
    });
  });

  it('counts overrides and the recoveries that ended well, in minutes', async () => {
    const activated = [
      anOverrideActivated('stripe', NOON_MS - 1),
      anOverrideActivated('stripe', NOON_MS),
      anOverrideActivated('maps', NOON_MS - 1),
    ];
    await new OverrideStore(test.database).recordActivated(activated);
    const startedAtMs = NOON_MS - 20 * 60_000;
    await new RecoveryStore(test.database).record([
      aRecoveryEnded('r1', 'stripe', startedAtMs, 4, 'recovered'),
      aRecoveryEnded('r2', 'stripe', startedAtMs, 7, 'recovered'),
      aRecoveryEnded('r3', 'stripe', startedAtMs, 19, 'cancelled'),
    ]);

    const { businessImpact } = await analytics().servicePerformance('stripe', '1h', NOON_MS);
    assert.deepEqual(businessImpact, {
      totalCostSavings: 0.017,
      coordinationsHandled: 4,
      emergencyModeActivations: 1,
      averageResolutionTime: 5.5,
    });
    assert.equal(
      (await analytics().coordinationAnalytics(NOON_MS - HOUR_MS, NOON_MS)).emergencyActivations,
      2,
    );
  });

  it('answers the same from hours counted beforehand, and counts an hour anew when a row comes late', async () => {
    const fromMs = NOON_MS - 2 * 24 * HOUR_MS - 12_345_000;
    const told = async () => {
      const { lastUpdate: _lastUpdate, ...figures } = await analytics().coordinationAnalytics(
        fromMs,
        NOON_MS,
      );
      return figures;
    };
    const random = seededRandom(7);
    const calls = Array.from({ length: 500 }, () => {
      const serviceName = SERVICE_NAMES[Math.floor(random() * SERVICE_NAMES.length)]!;
      const made = aDecision({
        serviceName,
        atMs: fromMs + Math.floor(random() * (NOON_MS - fromMs)),
        cost: 0.001,
      });
      const outcome = OUTCOME_KINDS[Math.floor(random() * OUTCOME_KINDS.length)]!;
      return { made: { ...made, baselineCost: 0.003 }, settled: anOutcomeOf(made, { outcome }) };
    });
    await history().writeDecisions(calls.map((call) => call.made));
    await history().writeOutcomes(calls.slice(100).map((call) => call.settled));
    const counted = await told();

    // 2 days, 3 h and 25 min 45 s back to 08:34:15; the hours from 08:00 then to 11:00 today: 51.
    assert.equal(await analytics().tallyPastHours(NOON_MS), 51);
    assert.equal(await analytics().tallyPastHours(NOON_MS), 0);
    assert.deepEqual(await told(), counted);
    const [rows] = await test.database.query<{ decided: number }>(
      'SELECT sum(decided)::bigint AS decided FROM hourly_tallies',
    );
    assert.ok(rows!.decided > 400);

    // A hundred outcomes come late, while another replica is counting.
    await Promise.all([
      history().writeOutcomes(calls.slice(0, 100).map((call) => call.settled)),
      analytics().tallyPastHours(NOON_MS),
      analytics().tallyPastHours(NOON_MS),
    ]);
    const after = await told();
    const successes = calls.slice(0, 100).filter((call) => call.settled.outcome === 'success').length;
    assert.equal(after.successfulCoordinations, counted.successfulCoordinations + successes);
    // Each of them cost $0.001 instead of $0.003.
    assert.equal(after.totalCostSavings, Number((counted.totalCostSavings! + 100 * 0.002).toFixed(6)));
    await analytics().tallyPastHours(NOON_MS);
    assert.deepEqual(await told(), after);
    await test.database.query('DELETE FROM tallied_hours');
    assert.deepEqual(await told(), after);
  });

  it('lists what is in flight: no outcome, lease running, oldest first, page by page', async () => {
    const now = NOON_MS + 10 * 60_000;
    const inFlight = [3, 2, 1].map((seconds) =>
      aDecision({ serviceName: 'twilio', atMs: now - seconds * 1_000 }),
    );
    const settled = aDecision({ serviceName: 'twilio', atMs: now - 2_000 });
    const forgotten = aDecision({ serviceName: 'twilio', atMs: now - 61_000 });
    const elsewhere = aDecision({ serviceName: 'maps', atMs: now - 1_000 });
    await history().writeDecisions([settled, forgotten, elsewhere, ...inFlight]);
    await history().writeOutcomes([anOutcomeOf(settled)]);

    const first = await analytics().activeDecisions({ serviceName: 'twilio', limit: 2 }, now);
    const late = aDecision({ serviceName: 'twilio', atMs: now });
    await history().writeDecisions([late]);
    const second = await analytics().activeDecisions(
      { serviceName: 'twilio', limit: 2, cursor: first.nextCursor! },
      now,
    );
    assert.deepEqual(
      [...first.items, ...second.items].map((decision) => decision.coordinationId),
      [...inFlight, late].map((event) => event.decision.coordinationId),
    );
    assert.equal(second.nextCursor, null);
    assert.equal((await analytics().activeDecisions({}, now)).items.length, 5);
  });

  it('finds a decision by its id, with what became of it', async () => {
    const made = aDecision({ cost: 0.029, requestId: 'payment_req_12345' });
    const id = made.decision.coordinationId;
    assert.equal(await analytics().decision(id), null);
    assert.equal(await analytics().decision("x'; --"), null);

    await history().writeDecisions([made]);
    const found = await analytics().decision(id);
    assert.equal(found?.outcome, null);
    assert.deepEqual(
      { ...found.decision },
      {
        coordinationId: id,
        decidedAt: '2026-01-15T12:00:00.000Z',
        leaseExpiresAt: '2026-01-15T12:01:00.000Z',
        serviceName: 'stripe',
        operation: 'payment_processing',
        requestId: 'payment_req_12345',
        priority: 'HIGH',
        caller: 'checkout',
        overrideId: null,
        nodeId: 'stripe_primary_us_east',
        strategy: 'HEALTH_BASED',
        reason: 'Selected Stripe Primary (US East) using HEALTH_BASED strategy, health score: 95',
        lastResort: null,
        probe: false,
        alternatives: ['stripe_secondary_us_west'],
        excluded: [{ nodeId: 'stripe_premium_emergency', reason: 'emergency_only' }],
        estimatedCostMicroUsd: 29_000,
        baselineCostMicroUsd: 29_000,
        estimatedLatencyMs: 150,
        confidenceScore: 95,
        decisionMs: 2,
        backendIntegrated: false,
        replicaId: 'replica-1',
      },
    );
    await history().writeOutcomes([
      anOutcomeOf(made, { outcome: 'server_error', statusCode: 502, actualCost: 0 }),
    ]);
    assert.deepEqual((await analytics().decision(id))?.outcome, {
      occurredAt: '2026-01-15T12:00:00.200Z',
      nodeId: 'stripe_primary_us_east',
      outcome: 'server_error',
      statusCode: 502,
      latencyMs: 100,
      actualCostMicroUsd: 0,
    });
  });
});
