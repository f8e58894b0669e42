import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentEvent, EventMap } from '@signalbox/contracts';
import type { Raise, Seen, Signal } from './lifecycle.js';
import { signalsOf, unanswered } from './signals-of.js';

const EVENT = { eventId: 'event-1', occurredAt: '2026-11-21T02:41:10.000Z', serviceName: 'stripe' } as const;
const ONCE: Seen = { times: 1, amount: 1, since: EVENT.occurredAt };

const CIRCUIT: EventMap['circuits.changed'] = {
  ...EVENT,
  nodeId: 'stripe_primary_us_east',
  ...{ from: 'closed', to: 'open', reason: '9 of 10 calls failed', replicaId: 'a' },
  openUntil: '2026-11-21T02:41:40.000Z',
};
const DEGRADED: EventMap['health.degraded'] = {
  ...EVENT,
  nodeId: 'stripe_primary_us_east',
  ...{ severity: 'medium', reason: 'latency passes the target', measured: 812.4, threshold: 400, unit: 'ms' },
  dependents: ['payments'],
};
const BUDGET: EventMap['budgets.alerted'] = {
  ...EVENT,
  ...{ period: 'day', periodKey: '2026-11-21', threshold: 'emergency', thresholdRatio: 0.95 },
  ...{ utilization: 0.9525, spentUsd: 1.9, reservedUsd: 0.005, capUsd: 2, recipients: [] },
  renewsAt: '2026-11-22T00:00:00.000Z',
};
const LIMIT: EventMap['limits.alerted'] = {
  ...EVENT,
  ...{ tier: 'burst', limit: 100, used: 100, resetAt: '2026-11-21T02:41:11.000Z', shadow: false },
};
const BATCH: EventMap['batches.failed'] = {
  ...EVENT,
  ...{ batchId: 'batch-9', operation: 'create_records', nodeId: 'airtable_primary', coordinationId: null },
  ...{
    requestsSent: 1,
    billableUnits: 1,
    costUsd: 0.01,
    waitMs: 10,
    durationMs: 20,
    reason: 'invalid field',
  },
  ...{ willRetry: false, requestIds: ['r1', 'r2', 'r3'], deadLettered: ['r1', 'r2'] },
};
const WEBHOOK: EventMap['webhooks.processed'] = {
  ...EVENT,
  ...{ webhookEventId: 'we-7', externalId: 'evt_1', type: 'payment_intent.succeeded', entity: 'cus_1' },
  ...{ critical: true, receivedAt: EVENT.occurredAt, state: 'dead', attempts: 8, latencyMs: 9 },
  ...{ meaning: null, reason: 'the handler failed' },
};

const raiseOf = (signals: readonly Signal[]): Raise => {
  assert.equal(signals.length, 1);
  assert.equal(signals[0]?.does, 'raise');
  return signals[0];
};

describe('what facts say of alerts', () => {
  it('an open circuit is one alert a node, which its closing ends and its half opening does not', () => {
    const opened = raiseOf(signalsOf['circuits.changed'](CIRCUIT));
    assert.equal(
      opened.message(ONCE),
      'The circuit of stripe_primary_us_east (stripe) is open: 9 of 10 calls failed. ' +
        'Probed from 2026-11-21 02:41 UTC on. Open since 2026-11-21 02:41 UTC.',
    );
    assert.match(
      opened.message({ ...ONCE, times: 9, amount: 3 }),
      / Opened 3 times since 2026-11-21 02:41 UTC\.$/,
    );
    const probeFailed = raiseOf(signalsOf['circuits.changed']({ ...CIRCUIT, from: 'half_open' }));
    assert.deepEqual([opened.amount, probeFailed.amount, probeFailed.key], [1, 0, opened.key]);
    assert.match(opened.advice, /It closes when its probes succeed/);
    assert.match(opened.advice, /POST \/admin\/nodes\/stripe_primary_us_east\/circuit/);
    assert.deepEqual(signalsOf['circuits.changed']({ ...CIRCUIT, to: 'half_open' }), []);
    const [closed] = signalsOf['circuits.changed']({ ...CIRCUIT, to: 'closed', reason: 'probes passed' });
    assert.deepEqual([closed?.does, closed?.key], ['end', opened.key]);
    const byHand = raiseOf(signalsOf['circuits.changed']({ ...CIRCUIT, openUntil: null }));
    assert.match(byHand.message(ONCE), /It stays open until somebody resets it/);
  });

  it('tell apart by their time what has one id after NATS lost everything', () => {
    const [first] = signalsOf['circuits.changed'](CIRCUIT);
    const [second] = signalsOf['circuits.changed']({ ...CIRCUIT, occurredAt: '2026-11-21T09:00:00.000Z' });
    assert.notEqual(first?.factId, second?.factId);
    assert.deepEqual(signalsOf['circuits.changed'](CIRCUIT)[0]?.factId, first?.factId);
  });

  it('a degraded node names the figure, the bound and what it carries; its recovery ends it', () => {
    const degraded = raiseOf(signalsOf['health.degraded'](DEGRADED));
    assert.equal(degraded.severity, 'warning');
    assert.equal(
      degraded.message(ONCE),
      'stripe_primary_us_east (stripe) is degraded: latency passes the target (812 ms, the bound is 400 ms). It carries payments.',
    );
    assert.equal(signalsOf['health.recovered'](DEGRADED)[0]?.key, degraded.key);
    const outage = { ...DEGRADED, severity: 'critical', measured: 0.5, threshold: 0.5, unit: 'ratio' };
    assert.equal(raiseOf(signalsOf['health.degraded'](outage)).severity, 'critical');
  });

  it('a node that is degraded by nothing but its open circuit has that circuit’s alert', () => {
    const event = { ...DEGRADED, measured: null, threshold: null, unit: null, reason: 'the circuit is open' };
    assert.deepEqual(signalsOf['health.degraded'](event), []);
  });

  it('a service in recovery is one alert, which the end of the recovery ends', () => {
    const event = {
      ...DEGRADED,
      nodeId: null,
      measured: null,
      threshold: null,
      unit: null,
      reason: 'failing over',
    };
    const recovering = raiseOf(signalsOf['health.degraded'](event));
    const recovery: EventMap['recoveries.changed'] = {
      ...EVENT,
      ...{
        activationId: 'x',
        action: 'failover',
        focus: 'BALANCED',
        triggerEventId: null,
        failedNodeIds: [],
      },
      ...{ startedAt: EVENT.occurredAt, step: 'shift', endedAt: null, endReason: null },
    };
    assert.deepEqual(signalsOf['recoveries.changed'](recovery), []);
    const over = { ...recovery, step: null, endedAt: EVENT.occurredAt, endReason: 'done' };
    assert.equal(signalsOf['recoveries.changed'](over)[0]?.key, recovering.key);
  });

  it('a budget is one alert a period, as severe as its threshold, over when the period is', () => {
    const alert = raiseOf(signalsOf['budgets.alerted'](BUDGET));
    assert.deepEqual([alert.severity, alert.endsAt], ['emergency', '2026-11-22T00:00:00.000Z']);
    assert.equal(
      alert.message(ONCE),
      'The daily budget of stripe for 2026-11-21 is at 95.3 %: $1.90 spent and $0.0050 reserved of $2.00. ' +
        'It renews 2026-11-22 00:00 UTC.',
    );
    const tomorrow = raiseOf(signalsOf['budgets.alerted']({ ...BUDGET, periodKey: '2026-11-22' }));
    assert.notEqual(tomorrow.key, alert.key);
  });

  it('a limit that refuses stands for five quiet minutes at least; one in shadow wakes nobody', () => {
    const alert = raiseOf(signalsOf['limits.alerted'](LIMIT));
    assert.equal(alert.endsAt, '2026-11-21T02:46:10.000Z');
    const daily = raiseOf(signalsOf['limits.alerted']({ ...LIMIT, resetAt: '2026-11-22T00:00:00.000Z' }));
    assert.equal(daily.endsAt, '2026-11-22T00:00:00.000Z');
    assert.deepEqual(signalsOf['limits.alerted']({ ...LIMIT, shadow: true }), []);
  });

  it('an anomaly names figure, unit and what was expected, and is over once seen', () => {
    const anomaly: EventMap['anomalies.detected'] = {
      ...EVENT,
      ...{
        series: 'error_rate',
        direction: 'above',
        value: 0.123,
        expected: 0.01,
        score: 0.987,
        unit: 'ratio',
      },
    };
    const alert = raiseOf(signalsOf['anomalies.detected'](anomaly));
    assert.equal(alert.endsByAcknowledgement, true);
    assert.equal(
      alert.message(ONCE),
      'The error rate of stripe is out of the ordinary: 12.3 % at 2026-11-21 02:41 UTC, above its own past, ' +
        'where 1 % was to be expected (score 0.987 of 1).',
    );
  });

  it('an override stands until it is ended or its time is up', () => {
    const activated: EventMap['overrides.activated'] = {
      ...EVENT,
      ...{
        coordinationId: 'coord-1',
        emergencyReason: 'checkout is down',
        businessJustification: 'x'.repeat(20),
      },
      ...{ maxBudgetOverride: 500, durationMinutes: 30, selectedProvider: 'Stripe', activatedBy: 'ada' },
      expiresAt: '2026-11-21T03:11:10.000Z',
    };
    const alert = raiseOf(signalsOf['overrides.activated'](activated));
    assert.equal(
      alert.message(ONCE),
      'ada lets stripe spend $500.00 past its budget until 2026-11-21 03:11 UTC: checkout is down.',
    );
    assert.equal(alert.endsAt, activated.expiresAt);
    const [over] = signalsOf['overrides.ended']({
      ...EVENT,
      ...{ coordinationId: 'coord-1', endReason: 'cancelled', endedBy: 'ada', spentUsd: 12.5 },
    });
    assert.deepEqual([over?.does, over?.key], ['end', alert.key]);
  });

  it('dead letters of an operation are one alert that counts them; what is tried again is none', () => {
    const alert = raiseOf(signalsOf['batches.failed'](BATCH));
    assert.equal(alert.amount, 2);
    assert.equal(
      alert.message({ ...ONCE, amount: 7 }),
      '7 batch requests of stripe (create_records) became dead letters since 2026-11-21 02:41 UTC, at last in batch ' +
        'batch-9 at airtable_primary: invalid field.',
    );
    assert.deepEqual(signalsOf['batches.failed']({ ...BATCH, deadLettered: [], willRetry: true }), []);
  });

  it('given up webhook events of a type are one alert, critical where they are; processed ones are none', () => {
    const alert = raiseOf(signalsOf['webhooks.processed'](WEBHOOK));
    assert.equal(alert.severity, 'critical');
    assert.match(
      alert.message({ ...ONCE, times: 12 }),
      /^12 webhook events payment_intent.succeeded of stripe/,
    );
    assert.doesNotMatch(alert.message(ONCE), /cus_1/, 'whom it is about stays out of it');
    assert.equal(
      raiseOf(signalsOf['webhooks.processed']({ ...WEBHOOK, critical: false })).severity,
      'warning',
    );
    assert.deepEqual(signalsOf['webhooks.processed']({ ...WEBHOOK, state: 'processed' }), []);
    assert.equal(
      raiseOf(signalsOf['webhooks.processed']({ ...WEBHOOK, type: 'a\0b' })).key,
      'webhook:stripe:ab',
    );
  });

  it('refusals that come again and again are critical, told for each source', () => {
    const event: EventMap['security.alerted'] = {
      ...EVENT,
      ...{
        kind: 'webhooks_refused',
        reason: '50 webhook deliveries were refused',
        count: 50,
        windowMs: 60_000,
      },
      source: '192.0.2.7',
    };
    const alert = raiseOf(signalsOf['security.alerted'](event));
    assert.equal(alert.severity, 'critical');
    assert.match(alert.message(ONCE), /50 from 192\.0\.2\.7 within 60 s/);
    assert.notEqual(alert.key, raiseOf(signalsOf['security.alerted']({ ...event, source: null })).key);
  });

  it('an unanswered event is about its role, of no service', () => {
    const event: AgentEvent = {
      ...{ eventId: 'e-1', occurredAt: EVENT.occurredAt, eventType: 'cost_alert', role: 'database' },
      ...{ priority: 'critical', payload: {}, requiresAck: true, sentBy: 'ada' },
    };
    const alert = unanswered(event, ['indexer'], EVENT.occurredAt);
    assert.deepEqual([alert.serviceName, alert.severity], [null, 'critical']);
    assert.match(alert.message(ONCE), /role database did not answer .*asked were indexer/);
    assert.match(unanswered(event, [], EVENT.occurredAt).message(ONCE), /nobody of it is connected/);
  });
});
