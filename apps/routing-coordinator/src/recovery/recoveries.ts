import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { MessageBus, type BucketEntry, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import {
  activate,
  advance,
  followUp,
  type RecoveryAct,
  type RecoveryActivation,
  type RecoveryChoice,
  type RecoveryFacts,
} from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { SickNodes } from '../monitoring/sick-nodes.js';
import { BudgetRefusals } from '../emergency-override/budget-refusals.js';
import { ActiveRecoveries, type SharedRecovery } from './active-recoveries.js';
import { RecoveryNews } from './recovery-news.js';

const ADVANCE_EVERY_MS = 1_000;

/**
 * Runs recoveries, one per service in the whole fleet. The state lies in a KV bucket: any replica may move it
 * on, by compare-and-set, so none has to stay alive for a recovery to end.
 */
@Injectable()
export class Recoveries implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly bucket: KeyValueBucket<SharedRecovery>;
  private watch: BucketWatch<SharedRecovery> | undefined;

  constructor(
    private readonly active: ActiveRecoveries,
    private readonly sick: SickNodes,
    private readonly budgets: BudgetRefusals,
    private readonly news: RecoveryNews,
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    this.bucket = bus.bucket<SharedRecovery>('recoveries');
    schedule.every({
      work: 'Advance of recoveries',
      everyMs: ADVANCE_EVERY_MS,
      round: () => this.advanceAll(),
      meanwhile: 'Their effects hold until NATS answers',
    });
  }

  onApplicationBootstrap(): void {
    this.watch = this.bucket.watch((_key, entry) => {
      if (entry !== null) this.active.apply(entry.value);
    });
  }

  beforeApplicationShutdown(): void {
    this.watch?.stop();
  }

  /**
   * Begins the chosen plan unless the service is already recovering. In force on this replica at once; a dead
   * bus only keeps the others from hearing of it.
   */
  async begin(choice: RecoveryChoice, triggerEventId: string): Promise<RecoveryActivation | null> {
    if (this.active.isRecovering(choice.plan.serviceName)) return null;
    const begun = activate(choice.plan, choice.focus, randomUUID(), this.clock.nowMs());
    const recovery: SharedRecovery = { activation: begun.activation, triggerEventId };
    if (!(await this.store(recovery, null))) return null;
    this.entered(recovery, begun.acts);
    return begun.activation;
  }

  private async advanceAll(): Promise<void> {
    for (const recovery of this.active.all()) await this.advanceOne(recovery);
  }

  private async advanceOne(recovery: SharedRecovery): Promise<void> {
    const { plan } = recovery.activation;
    const moved = advance(recovery.activation, this.factsOf(recovery), this.clock.nowMs());
    if (JSON.stringify(moved.activation.state) === JSON.stringify(recovery.activation.state)) return;
    const next: SharedRecovery = { ...recovery, activation: moved.activation };
    const entry = this.bus.state === 'connected' ? await this.bucket.get(plan.serviceName) : null;
    const stale = entry !== null && entry.value.activation.activationId !== recovery.activation.activationId;
    if (stale || !(await this.store(next, entry))) return;
    this.entered(next, moved.acts);
    const followed = followUp(moved.activation);
    if (followed !== null) await this.follow(next, followed);
  }

  private async follow(ended: SharedRecovery, plan: RecoveryActivation['plan']): Promise<void> {
    const begun = activate(plan, ended.activation.focus, randomUUID(), this.clock.nowMs());
    const recovery: SharedRecovery = { activation: begun.activation, triggerEventId: null };
    const entry = this.bus.state === 'connected' ? await this.bucket.get(plan.serviceName) : null;
    if (await this.store(recovery, entry)) this.entered(recovery, begun.acts);
  }

  /** False when another replica wrote first. An ended recovery stays in the bucket: the next one replaces it. */
  private async store(recovery: SharedRecovery, entry: BucketEntry<SharedRecovery> | null): Promise<boolean> {
    if (this.bus.state !== 'connected') return true;
    const key = recovery.activation.plan.serviceName;
    const current = entry ?? (await this.bucket.get(key));
    if (current === null) return (await this.bucket.create(key, recovery)).won;
    const other = current.value.activation;
    const sameRun = other.activationId === recovery.activation.activationId;
    if (!sameRun && other.state.kind === 'running') return false;
    return (await this.bucket.update(key, recovery, current.revision)).won;
  }

  private entered(recovery: SharedRecovery, acts: readonly RecoveryAct[]): void {
    this.active.apply(recovery);
    this.news.tell(recovery, acts);
  }

  private factsOf({ activation }: SharedRecovery): RecoveryFacts {
    const { serviceName } = activation.plan;
    return {
      sickNodeIds: this.sick.of(serviceName),
      budgetOpen: !this.budgets.isRecent(serviceName),
    };
  }
}
