import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultCatalog } from '@signalbox/catalog';
import { BATCH_POLICIES } from '@signalbox/hosting';
import type { ArrivalOnRecord } from '@signalbox/persistence';
import { findWindows } from './find-batching.js';
import { findRepeats } from './find-repeats.js';
import { inSlices } from './in-slices.js';
import { replayWindow, type RecordedArrival, type WindowTerms } from './window-replay.js';

const START_MS = Date.UTC(2026, 0, 15, 12);
const samsara = defaultCatalog.find(({ serviceName }) => serviceName === 'samsara')!;
const policy = BATCH_POLICIES.defaults.samsara;

function reads(count: number, everyMs: number): ArrivalOnRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    requestId: `r-${n}`,
    operation: 'vehicle_stats',
    payload: { vehicleIds: [`v${n}`], types: ['gps'] },
    payloadDigest: `d-${n}`,
    priority: 'LOW',
    tenant: 'fleet',
    hasKey: false,
    deadlineMs: null,
    acceptedAtMs: START_MS + n * everyMs,
    isDuplicate: false,
  }));
}

const terms: WindowTerms = {
  ...{ service: 'samsara', policy, nodeId: 'samsara_primary', unitPriceMicroUsd: 50_000, latencyMs: 200 },
};

describe('a window replayed', () => {
  it('sends together what arrived together, by hand', async () => {
    // Reads of one kind, ten at a time every ten minutes: each ten are one call of $0.05.
    const arrivals: RecordedArrival[] = Array.from({ length: 30 }, (_, n) => ({
      ...reads(1, 0)[0]!,
      requestId: `r-${n}`,
      payload: { vehicleIds: [`v${n}`], types: ['gps'] },
      acceptedAtMs: START_MS + Math.floor(n / 10) * 600_000,
    }));
    const { requests, requestsSent, billableUnits, costMicroUsd } = await inSlices(
      replayWindow(arrivals, { ...terms, policy: { ...policy, maxItems: 10 } }, 60_000),
    );
    assert.equal(requests, 30);
    assert.ok(requestsSent >= 3 && requestsSent <= 6, `${requestsSent} calls`);
    assert.equal(billableUnits, requestsSent);
    assert.equal(costMicroUsd, 50_000 * requestsSent);
  });

  it('lets nobody wait longer than the policy, and loses nobody', async () => {
    const arrivals = reads(500, 400);
    const played = await inSlices(replayWindow(arrivals, terms, 60_000));
    assert.ok(played.requestsSent < 200, `${played.requestsSent} calls for 500 reads`);
    assert.ok(played.waitMsMean <= policy.maxWaitMs);
    const total = [...played.costs.values()].reduce((sum, cost) => sum + cost, 0);
    assert.equal(total, played.costMicroUsd);
  });

  it('finds that waiting longer would have saved calls, and says what it would cost in time', async () => {
    const { found, considered } = await findWindows(samsara, policy, reads(3_000, 1_500), 200);
    const best = found[0];
    assert.ok(best !== undefined, JSON.stringify(considered));
    assert.equal(best.change?.object, 'batch-policy:samsara');
    const { requestsSentBefore, requestsSentAfter, waitMsMeanBefore, waitMsMeanAfter } =
      best.evidence.figures;
    assert.ok(requestsSentAfter! < requestsSentBefore!);
    assert.ok(waitMsMeanAfter! > waitMsMeanBefore!);
    // A call is a unit: what is saved is $0.05 for each call less.
    const saved = (requestsSentBefore! - requestsSentAfter!) * 0.05;
    assert.ok(Math.abs(best.expectedSavingUsd.point - saved) < 1e-6);
    assert.ok(best.expectedSavingUsd.interval95.lower > 0);
    assert.equal(best.confidence.level, 'high');
  });

  it('recommends no window for what is billed one by one', async () => {
    const sendgrid = defaultCatalog.find(({ serviceName }) => serviceName === 'sendgrid')!;
    const mails = reads(200, 1_000).map((arrival, n) => ({
      ...arrival,
      operation: 'mail_send' as const,
      payload: {
        from: { email: 'a@example.com' },
        template_id: 't',
        personalizations: [{ to: [{ email: `c${n}@example.com` }] }],
      },
    }));
    const { found, considered } = await findWindows(sendgrid, BATCH_POLICIES.defaults.sendgrid, mails, 200);
    assert.deepEqual(found, []);
    assert.ok(considered.some(({ reason }) => reason.includes('the provider bills the same')));
  });

  it('has nothing to say of nothing', async () => {
    assert.deepEqual(await findWindows(samsara, policy, [], 200), { found: [], considered: [] });
  });
});

describe('repeated writes', () => {
  const airtable = defaultCatalog.find(({ serviceName }) => serviceName === 'airtable')!;
  const writes = (digestOf: (n: number) => string, over: Partial<ArrivalOnRecord> = {}): ArrivalOnRecord[] =>
    reads(20, 5_000).map((arrival, n) => ({
      ...arrival,
      operation: 'create_records' as const,
      payload: { baseId: 'app1', table: 'T', records: [{ fields: { A: 1 } }] },
      payloadDigest: digestOf(n),
      ...over,
    }));

  it('are counted within a minute of the one that was sent, and are advice only', () => {
    // One every 5 s, all the same: the first and then one a minute are new, the other 18 repeat.
    const [advice] = findRepeats(
      airtable,
      writes(() => 'same'),
    ).found;
    assert.equal(advice?.evidence.figures['repeatedWithinAMinute'], 18);
    assert.equal(advice?.change, null);
    assert.equal(advice?.confidence.level, 'low');
    // 18 × $0.0005.
    assert.equal(advice?.expectedSavingUsd.point, 0.009);
    assert.equal(advice?.expectedSavingUsd.interval95.lower, 0);
  });

  it('are none with a key, of another tenant, or when each is its own', () => {
    assert.deepEqual(
      findRepeats(
        airtable,
        writes(() => 'same', { hasKey: true }),
      ).found,
      [],
    );
    assert.deepEqual(
      findRepeats(
        airtable,
        writes((n) => `own-${n}`),
      ).found,
      [],
    );
    const tenants = writes(() => 'same').map((write, n) => ({ ...write, tenant: `tenant-${n}` }));
    assert.deepEqual(findRepeats(airtable, tenants).found, []);
    assert.deepEqual(
      findRepeats(
        samsara,
        reads(20, 10).map((read) => ({ ...read, payloadDigest: 'same' })),
      ).found,
      [],
    );
  });
});
