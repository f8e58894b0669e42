import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { runPredictiveComparison, type ScenarioComparison } from './scenarios.js';
import type { ScenarioName } from './scenario-script.js';

/** Five seeds that the model has not seen, after four warm-up episodes of each scenario. */
describe('PREDICTIVE_ANALYTICS against HEALTH_BASED on seeded degradations', () => {
  const rows = new Map<ScenarioName, ScenarioComparison>();
  const row = (scenario: ScenarioName): ScenarioComparison => rows.get(scenario)!;

  before(() => {
    for (const result of runPredictiveComparison({ seeds: 5, warmUpRounds: 4 })) {
      rows.set(result.scenario, result);
    }
  });

  it('avoids at least half of the failures when latency ramps up before an outage', () => {
    const { failuresAvoidedRatio } = row('latency_ramp');
    assert.ok(failuresAvoidedRatio! >= 0.5, String(failuresAvoidedRatio));
  });

  it('has moved 80 % of the traffic at least 20 s before that outage, HEALTH_BASED only after it', () => {
    const { predictive, healthBased } = row('latency_ramp');
    assert.ok(predictive.leadSecondsMedian! >= 20, String(predictive.leadSecondsMedian));
    assert.ok(healthBased.leadSecondsMedian! < 0, String(healthBased.leadSecondsMedian));
  });

  it('avoids failures in all scenarios with a precursor together', () => {
    const precursors = (['latency_ramp', 'rate_limit_rise', 'error_creep'] as const).map(row);
    const avoided = precursors.reduce((sum, { failuresAvoided }) => sum + failuresAvoided, 0);
    const total = precursors.reduce((sum, { healthBased }) => sum + healthBased.failures, 0);
    assert.ok(avoided > 0.3 * total, `${avoided} of ${total}`);
  });

  it('gains little where errors are their own warning: HEALTH_BASED leaves at the first of them too', () => {
    for (const scenario of ['rate_limit_rise', 'error_creep'] as const) {
      const { healthBased, predictive } = row(scenario);
      assert.ok(healthBased.leadSecondsMedian! > 0, scenario);
      assert.ok(predictive.failures <= 1.5 * healthBased.failures, `${scenario}: ${predictive.failures}`);
    }
  });

  it('cannot foresee an outage without warning, and is not worse in one', () => {
    const { predictive, healthBased } = row('sudden_outage');
    assert.ok(predictive.failures <= 1.1 * healthBased.failures, String(predictive.failures));
  });

  it('costs nothing while all is well', () => {
    const { predictive, healthBased } = row('calm');
    // Nodes fail alike, so where a call goes changes nothing but its luck.
    assert.ok(predictive.failures <= healthBased.failures + 5);
    assert.equal(predictive.leadSecondsMedian, null);
  });
});
