import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECOVERY_ACTIONS, type RecoveryAction } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import {
  MAX_ACTIVATION_MS,
  activate,
  advance,
  endActivation,
  followUp,
  holdsOf,
  type RecoveryActivation,
  type RecoveryFacts,
} from './activation.js';
import { planOf } from './plan.js';

const TARGET = { serviceName: 'samsara', failedNodeIds: ['samsara_primary'], severity: 'high' } as const;
const SICK: RecoveryFacts = { sickNodeIds: ['samsara_primary'], budgetOpen: false };
const WELL: RecoveryFacts = { sickNodeIds: [], budgetOpen: false };
const FUNDED: RecoveryFacts = { sickNodeIds: [], budgetOpen: true };

function started(action: RecoveryAction, nowMs = 0): RecoveryActivation {
  return activate(planOf(action, TARGET), 'BALANCED', 'recovery_1', nowMs).activation;
}

/** Advances through (time, facts) pairs; gives where it stood after each. */
function walk(action: RecoveryAction, looks: [number, RecoveryFacts][]): string[] {
  let activation = started(action);
  return looks.map(([nowMs, facts]) => {
    activation = advance(activation, facts, nowMs).activation;
    const { state } = activation;
    return state.kind === 'running' ? `step ${state.step}` : state.reason;
  });
}

describe('the life of a recovery', () => {
  const cases: [string, RecoveryAction, [number, RecoveryFacts][], string[]][] = [
    [
      'recovers once its nodes have been healthy for 30 s',
      'failover',
      [
        [1_000, SICK],
        [10_000, WELL],
        [39_999, WELL],
        [40_000, WELL],
      ],
      ['step 0', 'step 0', 'step 0', 'recovered'],
    ],
    [
      'counts health anew after a relapse',
      'failover',
      [
        [0, WELL],
        [20_000, SICK],
        [21_000, WELL],
        [50_999, WELL],
        [51_000, WELL],
      ],
      ['step 0', 'step 0', 'step 0', 'step 0', 'recovered'],
    ],
    [
      'takes each step for as long as the step says',
      'gradual_return',
      [
        [29_999, WELL],
        [30_000, WELL],
        [60_000, WELL],
        [90_000, WELL],
      ],
      ['step 0', 'step 1', 'step 2', 'recovered'],
    ],
    [
      'gives up a return when the node is sick again',
      'gradual_return',
      [
        [30_000, WELL],
        [31_000, SICK],
        [99_000, WELL],
      ],
      ['step 1', 'relapsed', 'relapsed'],
    ],
    [
      'loosens a throttle in steps',
      'throttle',
      [
        [0, WELL],
        [30_000, WELL],
        [60_000, WELL],
      ],
      ['step 0', 'step 1', 'recovered'],
    ],
    [
      'waits for budget, not for health',
      'budget_override',
      [
        [99_000, WELL],
        [100_000, FUNDED],
      ],
      ['step 0', 'recovered'],
    ],
    ['ends after four hours at the latest', 'failover', [[MAX_ACTIVATION_MS, SICK]], ['timed_out']],
  ];
  for (const [name, action, looks, expected] of cases) {
    it(name, () => assert.deepEqual(walk(action, looks), expected));
  }

  it('tells what to do once, and what holds until it ends', () => {
    const first = activate(planOf('throttle', TARGET), 'COST_FOCUSED', 'recovery_1', 0);
    assert.deepEqual(first.acts, [{ kind: 'tell_dependents', serviceName: 'samsara' }]);
    const pace = { CRITICAL: 1, HIGH: 1, MEDIUM: 0.5, LOW: 0 };
    assert.deepEqual(holdsOf(first.activation), [{ kind: 'pace', serviceName: 'samsara', pace }]);
    assert.deepEqual(advance(first.activation, SICK, 1).acts, []);
    assert.deepEqual(holdsOf(endActivation(first.activation, 'cancelled', 2)), []);
  });

  it('lets a returning node have a growing share, and all of it in the end', () => {
    let activation = started('gradual_return');
    const shares: number[] = [];
    for (const nowMs of [0, 30_000, 60_000, 90_000]) {
      activation = advance(activation, WELL, nowMs).activation;
      for (const hold of holdsOf(activation)) if (hold.kind === 'limit_share') shares.push(hold.shareRatio);
    }
    assert.deepEqual(shares, [0.25, 0.5, 0.75]);
    assert.deepEqual(holdsOf(activation), []);
  });

  it('stays as it ended', () => {
    const ended = endActivation(started('failover'), 'superseded', 5);
    assert.equal(advance(ended, WELL, 99_999_999).activation, ended);
    assert.equal(endActivation(ended, 'cancelled', 9), ended);
  });

  it('lets traffic return gradually after a good end, and after no other', () => {
    const failover = started('failover');
    assert.equal(followUp(failover), null);
    assert.equal(followUp(endActivation(failover, 'cancelled', 1)), null);
    const well = advance(failover, WELL, 0).activation;
    const recovered = advance(well, WELL, 30_000).activation;
    assert.equal(followUp(recovered)?.action, 'gradual_return');
    assert.deepEqual(followUp(recovered)?.failedNodeIds, ['samsara_primary']);
  });

  it('survives being written down at any point (200 seeds)', () => {
    for (let seed = 0; seed < 200; seed++) {
      const rng = seededRandom(seed);
      let activation = started(RECOVERY_ACTIONS[seed % RECOVERY_ACTIONS.length]!);
      for (let nowMs = 0; nowMs < 300_000; nowMs += 5_000) {
        const facts = rng() < 0.3 ? SICK : rng() < 0.2 ? FUNDED : WELL;
        const before = activation.state;
        const next = advance(JSON.parse(JSON.stringify(activation)) as RecoveryActivation, facts, nowMs);
        assert.deepEqual(next, advance(activation, facts, nowMs), `seed ${seed}`);
        activation = next.activation;
        if (before.kind === 'ended') assert.deepEqual(activation.state, before, `seed ${seed}`);
        if (before.kind === 'running' && activation.state.kind === 'running') {
          assert.ok([before.step, before.step + 1].includes(activation.state.step), `seed ${seed}`);
        }
      }
    }
  });
});
