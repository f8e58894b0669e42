import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { SignalboxError, type ServiceName } from '@signalbox/contracts';
import { MessageBus, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import {
  RoutingEngine,
  expireOverride,
  leaseAllowance,
  reportSpend,
  returnAllowance,
  type OverrideGrant,
  type OverrideState,
} from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { CLOCK, Schedule, type Rounds } from '@signalbox/hosting';
import { OverrideNews } from './override-news.js';
import type { SharedOverride } from './shared-override.js';

const TICK_MS = 250;
const MAX_ATTEMPTS = 20;

interface Known {
  shared: SharedOverride;
  /** Of the bucket when it held this. */
  revision: number;
}

/**
 * The overrides of the fleet, one per service, in a KV bucket that survives restarts. This replica draws on the
 * chunks leased to it, so that a decision asks nobody, and settles in the background by compare-and-set.
 */
@Injectable()
export class OverrideLedger implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OverrideLedger.name);
  private readonly bucket: KeyValueBucket<SharedOverride>;
  private readonly known = new Map<ServiceName, Known>();
  private watch: BucketWatch<SharedOverride> | undefined;
  private readonly rounds: Rounds;
  private lastTurn: Promise<void> = Promise.resolve();

  constructor(
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    private readonly bus: MessageBus,
    private readonly news: OverrideNews,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
    schedule: Schedule,
  ) {
    this.bucket = bus.bucket<SharedOverride>('overrides');
    this.rounds = schedule.every({
      work: 'Settlement of overrides',
      everyMs: TICK_MS,
      round: () => this.settleAll(),
      meanwhile: 'Leased amounts stay usable',
    });
  }

  onApplicationBootstrap(): void {
    this.watch = this.bucket.watch((_key, entry) => {
      if (entry !== null) this.learn(entry.value, entry.revision);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
    this.watch?.stop();
    for (const { state } of this.active()) await this.giveBack(state.terms.serviceName, null);
  }

  /** The override that runs for the service now; null when none does. */
  activeOf(service: ServiceName): SharedOverride | null {
    const shared = this.known.get(service)?.shared;
    return shared !== undefined && this.isRunning(shared) ? shared : null;
  }

  find(overrideId: string): SharedOverride | null {
    return this.all().find(({ state }) => state.terms.overrideId === overrideId) ?? null;
  }

  /** @throws SignalboxError OVERRIDE_ALREADY_ACTIVE; DEPENDENCY_UNAVAILABLE while NATS is away. */
  async open(shared: SharedOverride): Promise<void> {
    const service = shared.state.terms.serviceName;
    const current = await this.bucket.get(service);
    if (current !== null && this.isRunning(current.value)) throw alreadyActive(current.value);
    const stored =
      current === null
        ? await this.bucket.create(service, shared)
        : await this.bucket.update(service, shared, current.revision);
    if (!stored.won) throw alreadyActive(shared);
    this.learn(shared, stored.revision);
    // In force here before the answer goes out: the next call may need it.
    await this.inTurn(() => this.settle(service));
  }

  /**
   * Changes the escrow by compare-and-set, again until it is ours; announces the end if the change ended it.
   * Null when the service's override is another one by now.
   */
  async change(
    overrideId: string,
    service: ServiceName,
    next: (state: OverrideState, nowMs: number) => OverrideState,
    endedBy = 'signalbox',
  ): Promise<SharedOverride | null> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const current = await this.bucket.get(service);
      if (current === null || current.value.state.terms.overrideId !== overrideId) return null;
      const state = next(current.value.state, this.clock.nowMs());
      if (state === current.value.state) return current.value;
      const changed: SharedOverride = { ...current.value, state };
      const stored = await this.bucket.update(service, changed, current.revision);
      if (!stored.won) continue;
      if (current.value.state.phase.kind === 'active') this.news.endedIfSo(changed, endedBy);
      this.learn(changed, stored.revision);
      return changed;
    }
    throw new SignalboxError(
      'CONFLICT',
      `Override ${overrideId} is being changed by many at once: try again`,
    );
  }

  private all(): SharedOverride[] {
    return [...this.known.values()].map(({ shared }) => shared);
  }

  private active(): SharedOverride[] {
    return this.all().filter((shared) => this.isRunning(shared));
  }

  private isRunning({ state }: SharedOverride): boolean {
    return state.phase.kind === 'active' && state.terms.expiresAtMs > this.clock.nowMs();
  }

  /** An answer of the bucket and its news overtake each other: what is older than what is known changes nothing. */
  private learn(shared: SharedOverride, revision: number): void {
    const { serviceName, overrideId, activatedAtMs } = shared.state.terms;
    const known = this.known.get(serviceName);
    if (known !== undefined) {
      const { terms } = known.shared.state;
      const isSame = terms.overrideId === overrideId;
      if (isSame ? revision < known.revision : activatedAtMs < terms.activatedAtMs) return;
    }
    this.known.set(serviceName, { shared, revision });
    const ended = shared.state.phase.kind === 'ended';
    if (ended && this.catalog.find(serviceName) !== undefined) this.engine.setOverride(serviceName, null);
  }

  private async settleAll(): Promise<void> {
    if (this.bus.state !== 'connected') return;
    for (const [service, { shared }] of this.known) {
      const runs = shared.state.phase.kind === 'active' && this.catalog.find(service) !== undefined;
      if (runs) await this.inTurn(() => this.settle(service));
    }
  }

  /** One settlement at a time: a second one in between would see a lease that is not in the engine yet as spent. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.lastTurn.then(work);
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** Reports what this replica spent, ends the override when it is over, and leases more when its own rest is short. */
  private async settle(service: ServiceName): Promise<void> {
    const shared = this.known.get(service)?.shared;
    if (shared === undefined) return;
    const { overrideId, leastCallMicroUsd, expiresAtMs } = shared.state.terms;
    const { replicaId } = this.settings;
    const remaining = this.remaining(service, overrideId);
    const leased = shared.state.leases[replicaId]?.leasedMicroUsd ?? 0;
    // A restarted process is a new replica: the amounts of its former life stay leased, never drawn twice.
    const spent = leased - remaining;
    let chunk = 0;
    // Enough for the dearest node, which is what an emergency is for.
    const dearestCallMicroUsd = this.dearestCallMicroUsd(service);
    const wanted = Math.max(dearestCallMicroUsd, Math.floor(leased / 2));
    await this.change(overrideId, service, (state, nowMs) => {
      const reported = reportSpend(expireOverride(state, nowMs), replicaId, spent, nowMs);
      chunk = 0;
      if (reported.phase.kind === 'ended' || remaining >= wanted) return reported;
      const ample = leaseAllowance(reported, replicaId, dearestCallMicroUsd, nowMs);
      const lease =
        ample.chunkMicroUsd > 0 ? ample : leaseAllowance(reported, replicaId, leastCallMicroUsd, nowMs);
      chunk = lease.chunkMicroUsd;
      return lease.state;
    });
    // It may have ended while the answer was on its way.
    if (this.activeOf(service)?.state.terms.overrideId !== overrideId) return;
    if (chunk > 0) {
      const allowanceMicroUsd = this.remaining(service, overrideId) + chunk;
      this.engine.setOverride(service, { overrideId, allowanceMicroUsd, expiresAtMs });
    } else if (remaining > 0 && remaining < leastCallMicroUsd) {
      // Too little for a call here; with the rests of other replicas it may be enough for one.
      await this.giveBack(service, { overrideId, allowanceMicroUsd: 0, expiresAtMs });
    }
  }

  private dearestCallMicroUsd(service: ServiceName): number {
    return Math.max(...this.engine.view(service).nodes.map(({ node }) => node.costMicroUsd));
  }

  private remaining(service: ServiceName, overrideId: string): number {
    const override = this.engine.view(service).override;
    return override?.overrideId === overrideId ? override.remainingMicroUsd : 0;
  }

  /** Leaves this replica with what `grant` says, which is less than it had, and the rest to the others. */
  private async giveBack(serviceName: ServiceName, grant: OverrideGrant | null): Promise<void> {
    const shared = this.activeOf(serviceName);
    if (shared === null) return;
    const { overrideId } = shared.state.terms;
    const { replicaId } = this.settings;
    const leased = shared.state.leases[replicaId]?.leasedMicroUsd ?? 0;
    const spent = leased - this.remaining(serviceName, overrideId);
    this.engine.setOverride(serviceName, grant);
    try {
      await this.change(overrideId, serviceName, (current, nowMs) =>
        returnAllowance(current, replicaId, spent, nowMs),
      );
    } catch (error) {
      this.logger.warn(`The rest of override ${overrideId} leased here is not given back: ${String(error)}`);
    }
  }
}

function alreadyActive({ state }: SharedOverride): SignalboxError {
  const { overrideId, serviceName, expiresAtMs } = state.terms;
  return new SignalboxError('OVERRIDE_ALREADY_ACTIVE', `${serviceName} already has an emergency override`, {
    coordinationId: overrideId,
    expiresAt: new Date(expiresAtMs).toISOString(),
  });
}
