import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schedule } from '@signalbox/hosting';
import type { BucketEntry, CasResult, MessageBus, WatchListener } from '@signalbox/messaging';
import {
  RoutingEngine,
  cancelOverride,
  openOverride,
  spentMicroUsdOf,
  type EngineListener,
} from '@signalbox/routing';
import { ManualClock, aService } from '@signalbox/testkit';
import { LiveCatalog } from '../catalog/live-catalog.js';
import type { CoordinatorSettings } from '../config.js';
import { OverrideLedger } from './override-ledger.js';
import type { OverrideNews } from './override-news.js';
import type { SharedOverride } from './shared-override.js';

/** What replicas share of stripe, whose news the replica under test hears in order, but when the test says. */
class SharedBucket {
  entry: BucketEntry<SharedOverride> | null = null;
  /** Called when a write is stored, before the writer knows. */
  stored: () => void = () => undefined;
  private readonly news: BucketEntry<SharedOverride>[] = [];
  private listener: WatchListener<SharedOverride> = () => undefined;

  get(): Promise<BucketEntry<SharedOverride> | null> {
    return Promise.resolve(this.entry);
  }

  create(_key: string, value: SharedOverride): Promise<CasResult> {
    return this.update(_key, value, 0);
  }

  update(_key: string, value: SharedOverride, expectedRevision: number): Promise<CasResult> {
    if ((this.entry?.revision ?? 0) !== expectedRevision) return Promise.resolve({ won: false });
    const { revision } = this.write(value);
    this.stored();
    return Promise.resolve({ won: true, revision });
  }

  /** As another replica writes. */
  write(value: SharedOverride): BucketEntry<SharedOverride> {
    this.entry = { value, revision: (this.entry?.revision ?? 0) + 1 };
    this.news.push(this.entry);
    return this.entry;
  }

  watch(listener: WatchListener<SharedOverride>): { stop: () => void } {
    this.listener = listener;
    return { stop: () => undefined };
  }

  /** The replica under test hears so much of what it has not heard yet. */
  tell(messages = Infinity): void {
    for (const entry of this.news.splice(0, messages)) this.listener('stripe', entry);
  }
}

function replica() {
  const clock = new ManualClock();
  const listener: EngineListener = { circuitChanged: () => undefined, probeEnded: () => undefined };
  const engine = new RoutingEngine({ clock, rng: () => 0.5, replicaId: 'here', listener });
  const catalog = new LiveCatalog(engine);
  catalog.apply({ version: 1, updatedAt: '', updatedBy: '', service: aService() });
  const bucket = new SharedBucket();
  let settle: () => Promise<void> | void = () => undefined;
  const ledger = new OverrideLedger(
    engine,
    catalog,
    { state: 'connected', bucket: () => bucket } as unknown as MessageBus,
    { endedIfSo: () => undefined } as unknown as OverrideNews,
    clock,
    { replicaId: 'here' } as CoordinatorSettings,
    {
      every: ({ round }: { round: () => Promise<void> }) => ((settle = round), { stop: () => undefined }),
    } as unknown as Schedule,
  );
  ledger.onApplicationBootstrap();
  /** $1 for half an hour; a call costs $0.01. */
  const overrideOf = (overrideId: string): SharedOverride => ({
    request: {
      serviceName: 'stripe',
      emergencyReason: 'A peak',
      maxBudgetOverride: 1,
      durationMinutes: 30,
      businessJustification: 'Every refused call loses a paying customer',
    },
    activatedBy: 'carol',
    state: openOverride(
      {
        overrideId,
        serviceName: 'stripe',
        amountMicroUsd: 1_000_000,
        leastCallMicroUsd: 10_000,
        durationMinutes: 30,
      },
      clock.nowMs(),
    ),
  });
  const remaining = () => engine.view('stripe').override?.remainingMicroUsd ?? null;
  return { clock, ledger, bucket, overrideOf, remaining, settle: () => settle() };
}

describe('OverrideLedger', () => {
  it('draws no more on an override that another replica ended while this one leased from it', async () => {
    const { clock, ledger, bucket, overrideOf, remaining, settle } = replica();
    const endElsewhere = () => {
      bucket.stored = () => undefined;
      const { value } = bucket.entry ?? assert.fail();
      bucket.write({ ...value, state: cancelOverride(value.state, clock.nowMs()) });
      // The news is here before the answer to this replica's own write is.
      bucket.tell();
    };
    // The first write opens it, the second leases.
    bucket.stored = () => (bucket.stored = endElsewhere);
    await ledger.open(overrideOf('emergency_1'));
    assert.equal(ledger.activeOf('stripe'), null);
    assert.equal(remaining(), null);
    await settle();
    assert.equal(remaining(), null);
  });

  it('goes on with an override when it hears late how the one before it ended', async () => {
    const { clock, ledger, bucket, overrideOf, remaining, settle } = replica();
    await ledger.open(overrideOf('emergency_1'));
    await ledger.change('emergency_1', 'stripe', cancelOverride);
    clock.advance(1);
    await ledger.open(overrideOf('emergency_2'));
    // Of the first: opened, leased from, ended.
    bucket.tell(3);
    assert.equal(ledger.find('emergency_2')?.state.terms.overrideId, 'emergency_2');
    // An eighth of $1 is leased.
    assert.equal(remaining(), 125_000);
    bucket.tell();
    await settle();
    assert.equal(spentMicroUsdOf((bucket.entry ?? assert.fail()).value.state), 0);
    assert.equal(remaining(), 125_000);
  });
});
