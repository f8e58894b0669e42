import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { OverrideDraw } from '@signalbox/budgets';
import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { MessageBus, type BucketEntry, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import { LedgerJournal } from '@signalbox/persistence';
import { leaseAllowance, reportSpend, type OverrideState } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { OverrideEnds } from './override-ends.js';

/** What of the coordinator's record of an override matters here; the rest is passed on as it came. */
interface SharedOverride {
  state: OverrideState;
}

/**
 * The ledger's account in an override's escrow, beside those of the coordinator's replicas. It is one for all replicas
 * of this app: they share the ledger, which never draws more on an override than the account holds.
 */
const ACCOUNT = 'spend-ledger';
const REPORT_EVERY_MS = 1_000;
/** Calls admitted under an override are settled a while after its end. */
const REPORTED_AFTER_END_MS = 15 * 60_000;
const MAX_ATTEMPTS = 20;

/**
 * What emergency overrides let critical calls spend past the cap. The amount of an override lies in an escrow that
 * coordinators lease from; so does the ledger, chunk by chunk as calls need it. So a dollar of an override is spent
 * once, by a decision there or by an admission here.
 */
@Injectable()
export class OverrideEscrow implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly bucket: KeyValueBucket<SharedOverride>;
  private readonly known = new Map<ServiceName, BucketEntry<SharedOverride>>();
  private watch: BucketWatch<SharedOverride> | undefined;

  constructor(
    @Inject(MessageBus) private readonly bus: MessageBus,
    private readonly journal: LedgerJournal,
    private readonly ends: OverrideEnds,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    this.bucket = bus.bucket<SharedOverride>('overrides');
    schedule.every({
      work: 'Report of what overrides paid for',
      everyMs: REPORT_EVERY_MS,
      round: () => this.reportAll(),
      meanwhile: 'The ledger still draws no more than it has leased',
    });
  }

  onApplicationBootstrap(): void {
    this.watch = this.bucket.watch((key, entry) => {
      if (entry === null) this.known.delete(key as ServiceName);
      else this.learn(key as ServiceName, entry);
    });
  }

  beforeApplicationShutdown(): void {
    this.watch?.stop();
  }

  /** What the ledger holds of the service's running override; null when none runs. */
  drawOf(service: ServiceName): OverrideDraw | null {
    const state = this.known.get(service)?.value.state;
    return state !== undefined && this.isRunning(state) ? drawOn(state) : null;
  }

  /** Leases enough for one more call; null when there is no override to lease from, or not enough is left of it. */
  async extend(service: ServiceName, neededMicroUsd: MicroUsd): Promise<OverrideDraw | null> {
    if (this.drawOf(service) === null) return null;
    let leased = false;
    const state = await this.change(service, (current) => {
      const lease = leaseAllowance(current, ACCOUNT, neededMicroUsd, this.clock.nowMs());
      leased = lease.chunkMicroUsd > 0;
      return leased ? lease.state : current;
    });
    return state !== null && leased ? drawOn(state) : null;
  }

  /** Tells the escrow what the ledger has spent, so that the override ends when its amount is gone. */
  private async reportAll(): Promise<void> {
    if (this.bus.state !== 'connected') return;
    for (const [service, { value }] of this.known) {
      if (this.isReported(value.state)) await this.report(service, value.state);
    }
  }

  private async report(service: ServiceName, { terms }: OverrideState): Promise<void> {
    const spent = await this.journal.committedDrawsMicroUsd(terms.overrideId);
    const before = this.known.get(service)?.value.state.phase.kind;
    const after = await this.change(service, (state) => {
      const account = state.leases[ACCOUNT];
      if (state.terms.overrideId !== terms.overrideId || account === undefined) return state;
      if (spent <= account.spentMicroUsd) return state;
      return reportSpend(state, ACCOUNT, Math.min(spent, account.leasedMicroUsd), this.clock.nowMs());
    });
    if (before === 'active' && after?.phase.kind === 'ended') this.ends.tell(after);
  }

  /** By compare-and-set, again until it is ours. The state as it is then; null when the service has no override. */
  private async change(
    service: ServiceName,
    next: (state: OverrideState) => OverrideState,
  ): Promise<OverrideState | null> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const current = await this.bucket.get(service);
      if (current === null) return null;
      this.learn(service, current);
      const state = next(current.value.state);
      if (state === current.value.state) return state;
      const value = { ...current.value, state };
      const stored = await this.bucket.update(service, value, current.revision);
      if (!stored.won) continue;
      this.learn(service, { value, revision: stored.revision });
      return state;
    }
    return null;
  }

  private learn(service: ServiceName, entry: BucketEntry<SharedOverride>): void {
    if (entry.revision >= (this.known.get(service)?.revision ?? 0)) this.known.set(service, entry);
  }

  private isRunning({ phase, terms }: OverrideState): boolean {
    return phase.kind === 'active' && terms.expiresAtMs > this.clock.nowMs();
  }

  private isReported({ terms, leases }: OverrideState): boolean {
    const isOver = this.clock.nowMs() > terms.expiresAtMs + REPORTED_AFTER_END_MS;
    return !isOver && leases[ACCOUNT] !== undefined;
  }
}

function drawOn({ terms, leases }: OverrideState): OverrideDraw {
  return {
    overrideId: terms.overrideId,
    amountMicroUsd: leases[ACCOUNT]?.leasedMicroUsd ?? 0,
    expiresAtMs: terms.expiresAtMs,
  };
}
