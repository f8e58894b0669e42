import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleNormal, seededRandom } from '@signalbox/statistics';
import { MonitoringSession, type MonitoringEvent, type MonitoringSample } from './monitoring-session.js';

const THRESHOLDS = { failoverErrorRatio: 0.1, targetLatencyMs: 1_000, minimumOutcomes: 20 };

class Watch {
  readonly session = new MonitoringSession('samsara', 'samsara_primary', THRESHOLDS);
  readonly events: MonitoringEvent[] = [];
  atMs = 0;

  /** `seconds` looks of the same figures, one a second. */
  see(seconds: number, sample: Partial<MonitoringSample>): this {
    for (let i = 0; i < seconds; i++) {
      this.atMs += 1_000;
      const quiet = { outcomes: 20, failures: 0, latencyMs: 200, circuitOpen: false };
      const event = this.session.observe({ atMs: this.atMs, ...quiet, ...sample });
      if (event !== null) this.events.push(event);
    }
    return this;
  }

  get told(): string[] {
    return this.events.map((event) => `${event.kind}/${event.severity}`);
  }
}

describe('MonitoringSession', () => {
  it('tells a degradation at half the error ratio that fails over, with its figures', () => {
    const watch = new Watch().see(100, {}).see(2, { failures: 2 });
    assert.deepEqual(watch.told, []);
    watch.see(1, { failures: 2 });
    const [event] = watch.events;
    assert.equal(event?.kind, 'degraded');
    assert.deepEqual([event?.measured, event?.threshold, event?.unit], [0.1, 0.05, 'ratio']);
    assert.equal(watch.session.state.kind, 'degraded');
  });

  it('tells a degradation before it is an outage', () => {
    const watch = new Watch().see(100, {});
    for (const failures of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18]) watch.see(1, { failures });
    assert.deepEqual(watch.told, ['degraded/medium', 'degraded/critical']);
    const [degraded, outage] = watch.events;
    assert.ok(degraded!.atMs <= outage!.atMs - 5_000);
  });

  it('tells of a latency that is far above the past of the node though below the target', () => {
    const watch = new Watch();
    const rng = seededRandom(11);
    for (let i = 0; i < 300; i++) watch.see(1, { latencyMs: 200 * Math.exp(0.1 * sampleNormal(rng)) });
    assert.deepEqual(watch.told, []);
    watch.see(3, { latencyMs: 500 });
    assert.deepEqual(watch.told, ['degraded/medium']);
    assert.match(watch.events[0]!.reason, /its own past/);
  });

  it('raises no alarm in three hours of ordinary noise (10 seeds)', () => {
    for (let seed = 0; seed < 10; seed++) {
      const rng = seededRandom(seed);
      const watch = new Watch();
      for (let i = 0; i < 10_800; i++) {
        const failures = rng() < 0.1 ? 1 : 0;
        watch.see(1, { failures, latencyMs: 200 * Math.exp(0.15 * sampleNormal(rng)) });
      }
      assert.deepEqual(watch.told, [], `seed ${seed}`);
    }
  });

  it('takes a degradation back only after ten good looks in a row', () => {
    const watch = new Watch().see(5, { latencyMs: 1_500 });
    assert.deepEqual(watch.told, ['degraded/medium']);
    watch.see(9, {}).see(1, { latencyMs: 1_500 }).see(9, {});
    assert.deepEqual(watch.told, ['degraded/medium']);
    watch.see(1, {});
    assert.deepEqual(watch.told, ['degraded/medium', 'recovered/low']);
    // Told at 3 s; the last good look is at 5 + 9 + 1 + 10 = 25 s.
    assert.equal(watch.events[1]!.kind === 'recovered' && watch.events[1]!.lastedMs, 22_000);
  });

  it('neither enters nor leaves between the good and the bad bound', () => {
    const between = { latencyMs: 900 };
    assert.deepEqual(new Watch().see(50, between).told, []);
    assert.deepEqual(new Watch().see(5, { latencyMs: 1_500 }).see(50, between).told, ['degraded/medium']);
  });

  it('counts an open circuit as an outage at once, also without calls', () => {
    const watch = new Watch().see(10, {}).see(1, { circuitOpen: true, outcomes: 0, latencyMs: null });
    assert.deepEqual(watch.told, ['degraded/critical']);
    assert.deepEqual([watch.events[0]!.measured, watch.events[0]!.unit], [null, null]);
  });

  it('says nothing of a node that has no calls, and forgets nothing meanwhile', () => {
    const watch = new Watch().see(5, { latencyMs: 1_500 });
    watch.see(600, { outcomes: 0, latencyMs: null });
    assert.deepEqual(watch.told, ['degraded/medium']);
    assert.equal(watch.session.state.kind, 'degraded');
  });

  it('waits for enough outcomes before it speaks of a ratio', () => {
    assert.deepEqual(new Watch().see(9, { outcomes: 1, failures: 1 }).told, []);
  });

  it('takes a lasting higher level inside the thresholds for normal in the end', () => {
    const watch = new Watch().see(300, { latencyMs: 200 }).see(7_200, { latencyMs: 400 });
    assert.deepEqual(watch.told, ['degraded/medium', 'recovered/low']);
  });
});
