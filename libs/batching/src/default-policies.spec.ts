import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { batchPolicyContract, SERVICE_NAMES } from '@signalbox/contracts';
import { assemblerPolicy, defaultBatchPolicies } from './default-policies.js';

/** service | max items | max wait s | cost bound $ */
const PUBLISHED = [
  'stripe | 100 | 2 | 0.05',
  'twilio | 50 | 1 | 2',
  'sendgrid | 1000 | 5 | 0.1',
  'samsara | 200 | 3 | 0.02',
  'maps | 25 | 1.5 | 0.5',
  'airtable | 10 | 2 | 0.01',
];

describe('the batch policies that ship', () => {
  it('have the published bounds', () => {
    const rows = SERVICE_NAMES.map((service) => {
      const { maxItems, maxWaitMs, costBoundUsd } = defaultBatchPolicies[service];
      return `${service} | ${maxItems} | ${maxWaitMs / 1_000} | ${costBoundUsd}`;
    });
    assert.deepEqual(rows.toSorted(), PUBLISHED.toSorted());
  });

  it('are what the contract accepts', () => {
    for (const service of SERVICE_NAMES)
      assert.deepEqual(batchPolicyContract.errors(defaultBatchPolicies[service]), []);
  });

  it('fill in what a policy leaves open', () => {
    const policy = assemblerPolicy('airtable', { maxItems: 5, maxWaitMs: 100, costBoundUsd: 0.25 });
    assert.deepEqual(policy, {
      maxItems: 5,
      maxWaitMs: 100,
      maxBytes: 1_048_576,
      maxCostMicroUsd: 250_000,
      targetLatencyMs: 600,
      worthWaiting: 0.3,
      maxWaiting: 50_000,
    });
  });
});
