import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DependencyGraph, defaultCatalog } from '@signalbox/catalog';
import { CALL_PRIORITIES, type ServiceName } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import fc from 'fast-check';
import { FULL_PACE, admits, shedPace, stricterPace } from './admission-pace.js';
import { Cascades, cascadePlan } from './cascade.js';

const graph = new DependencyGraph(defaultCatalog);

describe('admission pace', () => {
  it('sheds LOW, then MEDIUM, then HIGH, each linearly over a third of the relief', () => {
    const rows: [number, number, number, number][] = [
      [0, 1, 1, 1],
      [1 / 6, 0.5, 1, 1],
      [1 / 3, 0, 1, 1],
      [1 / 2, 0, 0.5, 1],
      [2 / 3, 0, 0, 1],
      [5 / 6, 0, 0, 0.5],
      [1, 0, 0, 0],
    ];
    for (const [relief, low, medium, high] of rows) {
      const pace = shedPace(relief);
      const rounded = [pace.LOW, pace.MEDIUM, pace.HIGH].map((ratio) => Math.round(ratio * 1e9) / 1e9);
      assert.deepEqual(rounded, [low, medium, high], `relief ${relief}`);
      assert.equal(pace.CRITICAL, 1);
    }
  });

  it('never lets a lower priority pass more easily, nor sheds less for more relief', () => {
    const relief = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(relief, relief, (a, b) => {
        const [less, more] = [shedPace(Math.min(a, b)), shedPace(Math.max(a, b))];
        assert.ok(less.LOW <= less.MEDIUM && less.MEDIUM <= less.HIGH && less.HIGH <= less.CRITICAL);
        for (const priority of CALL_PRIORITIES) assert.ok(more[priority] <= less[priority]);
        assert.deepEqual(stricterPace(less, more), more);
      }),
      { seed: 83 },
    );
  });

  it('admits in its ratio, and takes a call without a priority for MEDIUM', () => {
    const rng = seededRandom(3);
    let admitted = 0;
    for (let i = 0; i < 10_000; i++) if (admits(shedPace(1 / 2), null, rng)) admitted++;
    // 10,000 draws at one half: standard deviation 50.
    assert.ok(Math.abs(admitted - 5_000) < 250, String(admitted));
    assert.equal(admits(shedPace(1), 'CRITICAL', rng), true);
    assert.equal(
      admits(shedPace(1), 'HIGH', () => 0),
      false,
    );
  });
});

describe('cascades', () => {
  it('tells the dependents of the sick service and paces what they share with it', () => {
    const plan = cascadePlan(graph, 'samsara', 'outage');
    assert.deepEqual(plan.dependents, ['route_optimization', 'driver_notifications']);
    assert.deepEqual(
      plan.protectedServices.map(({ serviceName, sharedDependents }) => [serviceName, sharedDependents]),
      [
        ['maps', ['route_optimization']],
        ['twilio', ['driver_notifications']],
      ],
    );
    assert.deepEqual(plan.protectedServices[0]!.pace, { CRITICAL: 1, HIGH: 1, MEDIUM: 1, LOW: 0 });
    assert.deepEqual(plan.shedOrder, ['LOW', 'MEDIUM', 'HIGH']);
  });

  it('has nothing to pace for a service that shares no dependent', () => {
    const plan = cascadePlan(graph, 'airtable', 'outage');
    assert.deepEqual([plan.dependents, plan.protectedServices], [['data_sync'], []]);
  });

  it('announces each change once', () => {
    const cascades = new Cascades();
    assert.equal(cascades.start(graph, 'stripe', 'degraded')?.sickness, 'degraded');
    assert.equal(cascades.start(graph, 'stripe', 'degraded'), null);
    assert.equal(cascades.start(graph, 'stripe', 'outage')?.sickness, 'outage');
    assert.equal(cascades.end('stripe')?.sickService, 'stripe');
    assert.equal(cascades.end('stripe'), null);
  });

  it('asks the strictest of what the running cascades ask, and nothing once they have ended', () => {
    const cascades = new Cascades();
    cascades.start(graph, 'maps', 'degraded');
    cascades.start(graph, 'twilio', 'outage');
    // Samsara shares route_optimization with maps and driver_notifications with twilio.
    assert.equal(cascades.paceOf('samsara').LOW, 0);
    assert.deepEqual([...cascades.warnedServices].sort(), ['samsara']);
    cascades.end('twilio');
    assert.equal(cascades.paceOf('samsara').LOW, 0.5);
    cascades.end('maps');
    assert.deepEqual(cascades.paceOf('samsara'), FULL_PACE);
    assert.equal(cascades.warnedServices.size, 0);
  });

  it('never sheds CRITICAL, whatever is sick, and never sheds when nothing is', () => {
    const services = defaultCatalog.map(({ serviceName }) => serviceName);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...services), fc.boolean())), (changes) => {
        const cascades = new Cascades();
        const sick = new Set<ServiceName>();
        for (const [serviceName, isSick] of changes) {
          if (isSick) cascades.start(graph, serviceName, 'outage');
          else cascades.end(serviceName);
          sick[isSick ? 'add' : 'delete'](serviceName);
          for (const other of services) assert.ok(cascades.admits(other, 'CRITICAL', () => 0.999999));
        }
        assert.equal(cascades.plans.length, sick.size);
        for (const serviceName of sick) cascades.end(serviceName);
        for (const serviceName of services) assert.deepEqual(cascades.paceOf(serviceName), FULL_PACE);
      }),
      { seed: 84 },
    );
  });
});
