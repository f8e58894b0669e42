import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Estimated } from '@signalbox/contracts';
import { NOON_MS } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { RecommendationStore, type FoundRecommendation } from './recommendation-store.js';

const NOTHING: Estimated = {
  point: 0,
  interval80: { lower: 0, upper: 0 },
  interval95: { lower: 0, upper: 0 },
};

function found(fingerprint: string, over: Partial<FoundRecommendation> = {}): FoundRecommendation {
  return {
    serviceName: 'maps',
    kind: 'strategy',
    title: fingerprint,
    fingerprint,
    rankMicroUsdPerDay: 1_000,
    evidence: {
      ...{ from: '2026-01-15T11:00:00.000Z', to: '2026-01-15T12:00:00.000Z', calls: 100 },
      ...{ recordedShare: 1, nearShare: 0, farShare: 0, priorShare: 0, nodeShares: {} },
      ...{ recordedUsd: 1, replayedUsd: 1, figures: {}, method: 'replayed' },
    },
    expectedSavingUsd: NOTHING,
    expectedSavingUsdPerDay: 0.001,
    expectedSavingRatio: NOTHING,
    successChange: NOTHING,
    addedLatencyMs: 0,
    confidence: { level: 'high', probabilityOfSaving: 1, knownShare: 1 },
    risk: { level: 'low', reasons: [] },
    change: { object: 'service:maps', fields: [{ path: 'strategy', from: 'A', to: 'B' }] },
    advice: null,
    ...over,
  };
}

describe('RecommendationStore', () => {
  const test = withDatabase();
  const store = () => new RecommendationStore(test.database);
  let ids = 0;
  const renew = (all: FoundRecommendation[], kinds = ['strategy' as const]) =>
    store().renew('maps', kinds, all, () => `recommendation-${++ids}`, NOON_MS);
  const states = async () =>
    Object.fromEntries(
      (await store().list({ services: ['maps'], limit: 100 })).map(({ title, state }) => [title, state]),
    );

  it('renews the same advice in place and dismisses what a later run does not find', async () => {
    const [first, second] = await renew([found('one'), found('two')]);
    const [again] = await renew([found('one', { rankMicroUsdPerDay: 5_000 })]);
    assert.equal(again?.id, first?.id);
    assert.notEqual(again?.id, second?.id);
    assert.deepEqual(await states(), { one: 'open', two: 'dismissed' });
  });

  it('leaves other kinds and services alone', async () => {
    await store().renew(
      'stripe',
      ['strategy'],
      [found('theirs', { serviceName: 'stripe' })],
      () => 'theirs',
      NOON_MS,
    );
    await renew([found('weights', { kind: 'weights' })], ['weights' as never]);
    await renew([]);
    assert.deepEqual(await states(), { one: 'dismissed', two: 'dismissed', weights: 'open' });
    assert.equal((await store().get('theirs')).state, 'open');
  });

  it('lets one of many claim it, whichever comes first', async () => {
    const [one] = await renew([found('claimed')]);
    const claims = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => store().beginApply(one!.id, `person-${n}`, NOON_MS)),
    );
    assert.equal(claims.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const claim of claims) {
      if (claim.status === 'rejected') assert.equal((claim.reason as { code: string }).code, 'CONFLICT');
    }
  });

  it('knows what was begun and never finished, and lets it be put right either way', async () => {
    const [one] = await renew([found('abandoned')]);
    await store().beginApply(one!.id, 'ada', NOON_MS);
    const unfinished = async () =>
      (await store().unfinished(NOON_MS + 60_000)).map(({ title }) => title).sort();
    assert.deepEqual(await unfinished(), ['abandoned', 'claimed']);
    await store().reopen(one!.id);
    assert.equal((await store().get(one!.id)).state, 'open');
    await store().beginApply(one!.id, 'ada', NOON_MS);
    const applied = await store().applied(one!.id, 7);
    assert.deepEqual(applied.applied, { at: new Date(NOON_MS).toISOString(), by: 'ada', version: 7 });
    assert.deepEqual(await unfinished(), ['claimed']);
    await store().beginRollback(one!.id, 'bea', NOON_MS);
    assert.deepEqual(await unfinished(), ['abandoned', 'claimed']);
    await store().stillApplied(one!.id);
    assert.equal((await store().get(one!.id)).state, 'applied');
    await store().beginRollback(one!.id, 'bea', NOON_MS);
    assert.equal((await store().rolledBack(one!.id, 8)).rolledBack?.version, 8);
    assert.deepEqual(await unfinished(), ['claimed']);
  });

  it('is not rolled back before it is applied, nor applied once it is dismissed', async () => {
    const [one] = await renew([found('fresh')]);
    await assert.rejects(store().beginRollback(one!.id, 'ada', NOON_MS), { code: 'CONFLICT' });
    await store().dismiss(one!.id, 'not wanted', NOON_MS);
    await assert.rejects(store().beginApply(one!.id, 'ada', NOON_MS), { code: 'CONFLICT' });
    await assert.rejects(store().get('nobody'), { code: 'NOT_FOUND' });
  });

  it('ranks what waits for somebody first, by what it saves a day', async () => {
    await renew([found('small', { rankMicroUsdPerDay: 1 }), found('large', { rankMicroUsdPerDay: 9 })]);
    const titles = (await store().list({ services: ['maps'], state: 'open', limit: 10 })).map(
      ({ title }) => title,
    );
    assert.deepEqual(
      titles.filter((title) => title !== 'weights'),
      ['large', 'small'],
    );
    assert.equal((await store().list({ services: ['maps'], limit: 2 })).length, 2);
  });

  it('keeps what was realised, and forgets the dismissed in time', async () => {
    const [one] = await renew([found('measured')]);
    const realised = {
      ...{ from: '2026-01-15T12:00:00.000Z', to: '2026-01-15T13:00:00.000Z', calls: 60 },
      ...{ savedUsd: NOTHING, savedRatio: 0, promisedUsd: 0.1, measuredAt: '2026-01-15T13:00:00.000Z' },
    };
    await store().measured(one!.id, realised);
    assert.deepEqual((await store().get(one!.id)).realised, realised);
    await store().dismiss(one!.id, 'enough', NOON_MS);
    await store().purge(NOON_MS + 1);
    await assert.rejects(store().get(one!.id), { code: 'NOT_FOUND' });
  });
});
