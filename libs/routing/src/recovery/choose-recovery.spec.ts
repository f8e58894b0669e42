import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { errorEvent, toMicroUsd, type RecoveryAction, type RecoveryStrategy } from '@signalbox/contracts';
import { chooseRecovery, type RecoveryCandidate, type RecoverySituation } from './choose-recovery.js';
import { chooseFocus } from './focus.js';
import { natureOf, type RecoverySignal } from './signal.js';

function aSignal(overrides: Partial<RecoverySignal> = {}): RecoverySignal {
  return {
    serviceName: 'maps',
    errorType: 'server_error',
    severity: 'medium',
    failedNodeIds: ['maps_mapbox'],
    revenueAtRiskMicroUsd: null,
    customerImpact: null,
    cascadingServices: [],
    ...overrides,
  };
}

function aCandidate(nodeId: string, costUsd: number, latencyMs: number, usable = true): RecoveryCandidate {
  return { nodeId, costMicroUsd: toMicroUsd(costUsd), latencyMs, usable };
}

const MAPBOX = aCandidate('maps_mapbox', 0.005, 120);
const GOOGLE = aCandidate('maps_google', 0.008, 110);
const HERE = aCandidate('maps_here', 0.006, 160);

describe('the focus of a recovery', () => {
  const cases: [string, Partial<RecoverySignal>, RecoveryStrategy][] = [
    [
      'critical severity, whatever else',
      { severity: 'critical', errorType: 'budget_exceeded' },
      'AVAILABILITY_FOCUSED',
    ],
    ['$1,000 at risk', { revenueAtRiskMicroUsd: toMicroUsd(1_000) }, 'AVAILABILITY_FOCUSED'],
    ['a dollar less', { revenueAtRiskMicroUsd: toMicroUsd(999) }, 'BALANCED'],
    ['customers hit hard', { customerImpact: 'severe' }, 'AVAILABILITY_FOCUSED'],
    [
      'high severity that spreads',
      { severity: 'high', cascadingServices: ['invoicing'] },
      'AVAILABILITY_FOCUSED',
    ],
    ['high severity alone', { severity: 'high' }, 'BALANCED'],
    ['money', { errorType: 'budget_exceeded' }, 'COST_FOCUSED'],
    ['low severity, nobody hurt', { severity: 'low', errorType: 'slow_answer' }, 'COST_FOCUSED'],
    ['low severity, customers notice', { severity: 'low', customerImpact: 'moderate' }, 'BALANCED'],
    ['slowness', { errorType: 'performance_degradation' }, 'PERFORMANCE_FOCUSED'],
    ['a rate limit', { errorType: 'rate_limit_exceeded' }, 'BALANCED'],
  ];
  for (const [name, signal, focus] of cases) {
    it(`is ${focus} for ${name}`, () => assert.equal(chooseFocus(aSignal(signal)).focus, focus));
  }

  it('reads the nature of an error from its type, and takes the unknown for a failure', () => {
    const natures = ['cost_spike', 'quota_exhausted', 'request_timeout', 'ECONNRESET'].map(natureOf);
    assert.deepEqual(natures, ['budget', 'rate_limit', 'slowness', 'failure']);
  });
});

describe('the plan of a recovery', () => {
  const dear = [MAPBOX, GOOGLE];
  const cheap = [aCandidate('maps_mapbox', 0.009, 120), GOOGLE];
  const alone = [MAPBOX, aCandidate('maps_google', 0.008, 110, false)];
  const AVAILABLE: Partial<RecoverySignal> = { severity: 'critical' };
  const FAST: Partial<RecoverySignal> = { errorType: 'slow' };
  const CHEAP: Partial<RecoverySignal> = { severity: 'low' };

  const cases: [RecoverySituation, Partial<RecoverySignal>, RecoveryCandidate[], boolean, RecoveryAction][] =
    [
      ['alternative_usable', AVAILABLE, cheap, false, 'enable_multi_provider_redundancy'],
      ['alternative_usable', FAST, cheap, false, 'failover'],
      ['alternative_usable', {}, cheap, false, 'failover'],
      ['alternative_usable', CHEAP, cheap, false, 'failover'],
      ['only_dearer_alternative', AVAILABLE, dear, false, 'enable_multi_provider_redundancy'],
      ['only_dearer_alternative', {}, dear, false, 'failover'],
      ['only_dearer_alternative', CHEAP, dear, false, 'degrade_to_batch'],
      ['failed_node_unknown', { failedNodeIds: [] }, dear, false, 'enable_multi_provider_redundancy'],
      ['no_alternative', { failedNodeIds: [] }, alone, false, 'throttle'],
      ['no_alternative', AVAILABLE, alone, false, 'throttle'],
      ['no_alternative', CHEAP, alone, false, 'degrade_to_batch'],
      ['no_alternative', {}, [], false, 'throttle'],
      ['rate_limited_everywhere', { errorType: 'rate_limited' }, alone, false, 'degrade_to_batch'],
      [
        'rate_limited_everywhere',
        { errorType: 'rate_limited', severity: 'critical' },
        alone,
        false,
        'throttle',
      ],
      ['budget_exhausted', AVAILABLE, dear, true, 'budget_override'],
      ['budget_exhausted', {}, dear, true, 'throttle'],
      ['budget_exhausted', { errorType: 'budget_exceeded' }, dear, false, 'degrade_to_batch'],
    ];
  for (const [situation, signal, candidates, budgetExhausted, action] of cases) {
    it(`is ${action} in ${situation} for ${JSON.stringify(signal)}`, () => {
      const choice = chooseRecovery(aSignal(signal), { candidates, budgetExhausted });
      assert.deepEqual([choice.situation, choice.plan.action], [situation, action]);
    });
  }

  it('answers the contract example as the example does', () => {
    const file = new URL('../../../contracts/examples/backend-agent-error.request.json', import.meta.url);
    const event = errorEvent.parse(JSON.parse(readFileSync(file, 'utf8')));
    const signal = aSignal({
      serviceName: event.serviceName,
      errorType: event.errorType,
      severity: event.severity,
      failedNodeIds: event.errorDetails?.failedProviders ?? [],
      revenueAtRiskMicroUsd: toMicroUsd(event.businessImpact?.revenueAtRisk ?? 0),
      customerImpact: event.businessImpact?.customerImpact ?? null,
      cascadingServices: event.errorDetails?.cascadingServices ?? [],
    });
    const candidates = [aCandidate('samsara_primary', 0.05, 2_100), aCandidate('samsara_backup', 0.055, 250)];
    const choice = chooseRecovery(signal, { candidates, budgetExhausted: false });
    assert.equal(choice.focus, 'AVAILABILITY_FOCUSED');
    assert.equal(choice.plan.action, 'enable_multi_provider_redundancy');
    assert.equal(choice.estimatedCostMicroUsd, 55_000);
    assert.equal(choice.estimatedLatencyMs, 250);
  });

  it('estimates from the nodes that would carry the calls', () => {
    const candidates = [MAPBOX, GOOGLE, HERE];
    const redundancy = chooseRecovery(aSignal(AVAILABLE), { candidates, budgetExhausted: false });
    // Google and HERE share: (0.008 + 0.006) ÷ 2 = 0.007 dollars, (110 + 160) ÷ 2 = 135 ms.
    assert.deepEqual([redundancy.estimatedCostMicroUsd, redundancy.estimatedLatencyMs], [7_000, 135]);
    const failover = chooseRecovery(aSignal(), { candidates, budgetExhausted: false });
    assert.deepEqual([failover.estimatedCostMicroUsd, failover.estimatedLatencyMs], [8_000, 110]);
  });

  it('estimates nothing when no node can carry a call', () => {
    const candidates = [aCandidate('maps_mapbox', 0.005, 120, false)];
    const choice = chooseRecovery(aSignal(), { candidates, budgetExhausted: false });
    assert.deepEqual([choice.estimatedCostMicroUsd, choice.estimatedLatencyMs], [null, null]);
  });
});
