import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  SERVICE_NAMES,
  type BatchingFigures,
  type BatchingPerformance,
  type CostMonitoring,
  type CostPeriod,
  type ServiceName,
  type SpendProjection,
} from '@signalbox/contracts';
import { batchingShown, costsShown, shownTo, type IsShown } from './shown-parts.js';

const only =
  (...names: ServiceName[]): IsShown =>
  (serviceName) =>
    serviceName !== null && names.includes(serviceName);

describe('shownTo', () => {
  const caller = { subject: 'ops', role: 'manager' } as const;

  it('shows a token of all services everything, and one of some those alone', () => {
    const all = shownTo({ ...caller, services: null });
    assert.deepEqual([all('maps'), all(null)], [true, true]);
    const some = shownTo({ ...caller, services: new Set(['stripe']) });
    assert.deepEqual([some('stripe'), some('maps'), some(null)], [true, false, false]);
  });
});

describe('costsShown', () => {
  const projected = (expectedUsd: number): SpendProjection => ({
    expectedUsd,
    interval80: { lowerUsd: 0, upperUsd: 0 },
    interval95: { lowerUsd: 0, upperUsd: 0 },
    spentUsd: 0,
    method: 'profile',
    basedOnHours: 24,
  });
  const period = (capUsd: number, spentUsd: number, reservedUsd: number): CostPeriod => ({
    ...{ capUsd, spentUsd, reservedUsd, utilization: (spentUsd + reservedUsd) / capUsd },
    ...{ projection: projected(capUsd), projectionUnavailable: null },
  });
  const service = (serviceName: ServiceName, day: CostPeriod): CostMonitoring['services'][number] => {
    const whole = { ...day, periodKey: '2026-11-21', renewsAt: '2026-11-22T00:00:00.000Z' };
    return {
      ...{ serviceName, band: 'open', shadow: false, timeZone: 'UTC', openReservations: 0 },
      ...{ day: whole, month: whole },
    };
  };
  const costs: CostMonitoring = {
    asOf: '2026-11-21T10:00:00.000Z',
    services: [
      service('stripe', period(10, 0.1, 0.2)),
      service('maps', period(20, 0.2, 1)),
      service('twilio', period(70, 7, 0)),
    ],
    total: { day: period(100, 7.3, 1.2), month: period(100, 7.3, 1.2) },
  };

  it('leaves what is shown whole as it is', () => {
    assert.equal(
      costsShown(costs, () => true),
      costs,
    );
  });

  it('adds up what is shown, exactly, and says why it projects nothing', () => {
    const { services, total } = costsShown(costs, only('stripe', 'maps'));
    assert.deepEqual(
      services.map(({ serviceName }) => serviceName),
      ['stripe', 'maps'],
    );
    // 10 + 20; 0.1 + 0.2; 0.2 + 1; (0.3 + 1.2) ÷ 30.
    const { projectionUnavailable, ...figures } = total.day;
    assert.deepEqual(figures, {
      ...{ capUsd: 30, spentUsd: 0.3, reservedUsd: 1.2, utilization: 0.05 },
      projection: null,
    });
    assert.match(projectionUnavailable ?? '', /cost-monitoring/);
  });

  it('projects for one service what the service is projected', () => {
    const { total } = costsShown(costs, only('maps'));
    assert.equal(total.month.projection?.expectedUsd, 20);
    assert.equal(total.month.projectionUnavailable, null);
  });

  it('has nothing used of nothing', () => {
    const { capUsd, utilization } = costsShown(costs, only()).total.day;
    assert.deepEqual([capUsd, utilization], [0, 0]);
  });
});

describe('batchingShown', () => {
  const waits = { requests: 1, mean: 2, p50: 2, p99: 3 };
  const figures = (requestsIn: number, requestsSent: number, isTimed = true): BatchingFigures => ({
    ...{ requestsIn, succeeded: requestsIn, failed: 0, dead: 0, requestsSent },
    ...{ requestsSaved: requestsIn - requestsSent, reduction: 1 - requestsSent / requestsIn },
    ...{ duplicatesRemoved: 1, billableUnits: 2, billableUnitsSaved: 3, retries: 4, bisections: 5 },
    ...{ costUsd: 0.1, waitMs: { CRITICAL: null, HIGH: null, MEDIUM: null, LOW: isTimed ? waits : null } },
  });
  const services = {
    ...Object.fromEntries(SERVICE_NAMES.map((name) => [name, null])),
    ...{ stripe: figures(10, 5), maps: figures(30, 5), twilio: figures(60, 60, false) },
  } as BatchingPerformance['services'];
  const range = { from: '2026-11-20T10:00:00.000Z', to: '2026-11-21T10:00:00.000Z' };
  const batching: BatchingPerformance = { ...range, total: figures(100, 70), services };

  it('leaves what is shown whole as it is', () => {
    assert.equal(
      batchingShown(batching, () => true),
      batching,
    );
  });

  it('adds up what is shown, without the waits of several services, which cannot be', () => {
    const shown = batchingShown(batching, only('stripe', 'maps'));
    assert.equal(shown.services.twilio, null);
    // 10 + 30 in, 5 + 5 sent: 30 of 40 saved; $0.1 + $0.1.
    const { requestsIn, requestsSent, requestsSaved, reduction, costUsd, waitMs } = shown.total!;
    assert.deepEqual([requestsIn, requestsSent, requestsSaved, reduction, costUsd], [40, 10, 30, 0.75, 0.2]);
    assert.equal(waitMs.LOW, null);
  });

  it('shows the waits where one service alone was timed', () => {
    assert.deepEqual(batchingShown(batching, only('stripe', 'twilio')).total?.waitMs.LOW, waits);
    assert.deepEqual(batchingShown(batching, only('maps')).total, services.maps);
  });

  it('has no total of nothing', () => {
    assert.equal(batchingShown(batching, only('airtable')).total, null);
  });
});
