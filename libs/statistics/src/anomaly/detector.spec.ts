import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sampleNormal, seededRandom } from '../random.js';
import { AnomalyDetector, type AnomalyDetectorState } from './detector.js';
import type { AnomalyReading } from './reading.js';

const INTERVAL_MS = 300_000;
const START_MS = Date.UTC(2024, 0, 1);

function readings(values: readonly (number | null)[], detector = new AnomalyDetector()): AnomalyReading[] {
  return values.map((value, row) => detector.observe(START_MS + row * INTERVAL_MS, value));
}

/** A day's sine of amplitude 30 around 100, with noise of 3. */
function daily(days: number, seed: number): number[] {
  const rng = seededRandom(seed);
  return Array.from(
    { length: days * 288 },
    (_, row) => 100 + 30 * Math.sin((2 * Math.PI * row) / 288) + 3 * sampleNormal(rng),
  );
}

const alarms = (of: readonly AnomalyReading[]): number[] =>
  of.flatMap(({ isAnomaly }, row) => (isAnomaly ? [row] : []));

const anyValue = fc.oneof(
  fc.double({ min: 0, max: 1_000, noNaN: true }),
  fc.constantFrom(0, 1, 100),
  fc.constant(null),
  fc.double(),
);

describe('AnomalyDetector', () => {
  it('never looks ahead: a reading does not change with what follows', () => {
    const values = fc.array(anyValue, { minLength: 1, maxLength: 150 });
    fc.assert(
      fc.property(values, values, values, (past, oneFuture, anotherFuture) => {
        const before = daily(1, 1);
        const one = readings([...before, ...past, ...oneFuture]);
        const another = readings([...before, ...past, ...anotherFuture]);
        const known = before.length + past.length;
        assert.deepEqual(one.slice(0, known), another.slice(0, known));
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  it('answers numbers only, whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 300 }), fc.boolean(), (values, warm) => {
        for (const { score, expected, deviation } of readings(warm ? [...daily(1, 2), ...values] : values)) {
          assert.ok(score >= 0 && score <= 1, `score ${score}`);
          assert.ok(expected === null || Number.isFinite(expected));
          assert.ok(deviation === null || Number.isFinite(deviation));
        }
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it('tells a doubling at once, and once', () => {
    const values = daily(10, 3);
    const onset = 9 * 288;
    for (let row = onset; row < onset + 48; row++) values[row] = (values[row] ?? 0) * 2;
    const all = readings(values);
    const told = alarms(all).filter((row) => row >= onset && row < onset + 48);
    assert.ok(told[0] !== undefined && told[0] <= onset + 2, `told at ${told[0]}, onset ${onset}`);
    assert.ok(told.length <= 4, `${told.length} alarms for one fault`);
    const first = all[told[0]];
    assert.equal(first?.direction, 'above');
    // At midnight the sine is at 100: what was expected is near that, and 100 more came.
    assert.ok(Math.abs((first?.expected ?? NaN) - 100) < 20, `expected ${first?.expected}`);
    assert.ok(Math.abs((first?.deviation ?? NaN) - 100) < 30, `deviation ${first?.deviation}`);
  });

  it('tells a peak of the day that does not come, though no value of it is unusual', () => {
    const values = daily(10, 4);
    const noon = 9 * 288 + 36;
    for (let row = noon; row < noon + 72; row++) values[row] = 100 + (values[row] ?? 0) * 0.02;
    const told = alarms(readings(values)).filter((row) => row >= noon && row < noon + 72);
    assert.notEqual(told.length, 0);
  });

  it('tells less than one value in a thousand of a series with nothing wrong', () => {
    let told = 0;
    for (const seed of [5, 6, 7]) told += alarms(readings(daily(8, seed))).filter((row) => row >= 576).length;
    // 3 series × 6 days × 288 values = 5,184.
    assert.ok(told <= 5, `${told} of 5,184`);
  });

  it('takes a first change of a constant series for an anomaly', () => {
    const all = readings([...Array<number>(600).fill(5), 9]);
    assert.deepEqual(alarms(all), [600]);
    assert.deepEqual(
      { ...all[600], score: undefined },
      { score: undefined, expected: 5, deviation: 4, isAnomaly: true, direction: 'above' },
    );
  });

  it('does not depend on the unit', () => {
    const values = daily(6, 8);
    values[1_500] = 260;
    // Tails are counted in logarithmic bins; a power of their width moves every value to the same place in its bin.
    const factor = Math.exp(0.05 * 300);
    const [dollars, micro] = [readings(values), readings(values.map((value) => value * factor))];
    assert.ok(dollars[1_500]?.isAnomaly);
    assert.ok(micro[1_500]?.isAnomaly);
    const far = dollars.filter(({ score }, row) => Math.abs(score - (micro[row]?.score ?? NaN)) > 0.1);
    assert.ok(far.length < 0.02 * values.length, `${far.length} scores differ`);
  });

  it('neither judges nor learns what was not measured', () => {
    const values = daily(2, 9);
    const holes: (number | null)[] = values.flatMap((value) => [value, null, NaN]);
    const detector = new AnomalyDetector();
    const judged = holes
      .map((value, index) => ({
        value,
        reading: detector.observe(START_MS + (index / 3) * INTERVAL_MS, value),
      }))
      .filter(({ value, reading }) => {
        if (value !== null && !Number.isNaN(value)) return true;
        assert.deepEqual(reading, {
          score: 0,
          expected: null,
          deviation: null,
          isAnomaly: false,
          direction: null,
        });
        return false;
      })
      .map(({ reading }) => reading);
    assert.deepEqual(judged, readings(values));
  });

  it('goes on from a snapshot as if there had been no break', () => {
    for (const cut of [0, 10, 40, 700, 2_100]) {
      const values = daily(9, 10);
      const whole = new AnomalyDetector();
      readings(values.slice(0, cut), whole);
      const state = JSON.parse(JSON.stringify(whole.snapshot())) as AnomalyDetectorState;
      const resumed = AnomalyDetector.restore(state);
      for (let row = cut; row < Math.min(values.length, cut + 300); row++) {
        const at = START_MS + row * INTERVAL_MS;
        assert.deepEqual(resumed.observe(at, values[row] ?? null), whole.observe(at, values[row] ?? null));
      }
    }
  });

  it('keeps a bounded state', () => {
    const detector = new AnomalyDetector();
    readings(daily(10, 11), detector);
    const tenDays = JSON.stringify(detector.snapshot()).length;
    assert.ok(tenDays < 120_000, `${tenDays} bytes`);
  });

  it('lets a higher threshold tell less', () => {
    const values = daily(6, 12);
    values[1_200] = 200;
    values[1_500] = 125;
    const at = (threshold: number): number =>
      alarms(readings(values, new AnomalyDetector({ threshold }))).length;
    assert.ok(at(0.9) >= at(0.985));
    assert.ok(at(0.985) >= at(0.99999));
    assert.ok(at(0.9) > at(0.99999));
  });
});
