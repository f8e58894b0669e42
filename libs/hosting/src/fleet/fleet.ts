import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { FLEET_ALIVE_SUBJECT, memberAlive, type MemberAlive } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import { HealthRegistry } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '../ambient.js';
import { HOSTED, type Hosted } from '../hosted.js';

const TELL_EVERY_MS = 2_000;
/** Seven missed messages: a loaded machine misses some. */
const GONE_AFTER_MS = 15_000;
const MAX_MEMBERS = 1_024;

/** Another process of ours, as it last spoke of itself. */
export interface Member extends MemberAlive {
  lastHeardMs: number;
}

/**
 * The processes that are alive, by what each says of itself every two seconds: what a replica divides a
 * fleet-wide limit by, and what an operator is shown. While NATS is away everybody else is forgotten.
 */
@Injectable()
export class Fleet implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly others = new Map<string, Member>();
  private readonly startedAt: string;
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => Promise<void>) | undefined;

  constructor(
    private readonly bus: MessageBus,
    private readonly health: HealthRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(HOSTED) private readonly hosted: Hosted,
  ) {
    this.startedAt = new Date(clock.nowMs()).toISOString();
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.bus.subscribeCore(FLEET_ALIVE_SUBJECT, (message) =>
      this.heard(message.json<unknown>()),
    );
    this.tell();
    this.timer = setInterval(() => this.tell(), TELL_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.unsubscribe?.();
  }

  /** This process and the living ones that do the same work; at least 1. */
  replicas(): number {
    return this.members().filter(({ name }) => name === this.hosted.name).length;
  }

  /** This process first, then the others that were heard of lately. */
  members(): Member[] {
    this.forgetGone();
    return [{ ...this.self(), lastHeardMs: this.clock.nowMs() }, ...this.others.values()];
  }

  private self(): MemberAlive {
    const reasons = this.health.reasons();
    return {
      ...this.hosted,
      startedAt: this.startedAt,
      state: !this.health.isReady() ? 'down' : reasons.length > 0 ? 'degraded' : 'operational',
      reasons,
      components: Object.fromEntries(
        Object.entries(this.health.components()).map(([name, { state }]) => [name, state]),
      ),
    };
  }

  private tell(): void {
    this.forgetGone();
    if (this.bus.state === 'connected') this.bus.publishCore(FLEET_ALIVE_SUBJECT, this.self());
  }

  private heard(payload: unknown): void {
    if (!memberAlive.check(payload) || payload.replicaId === this.hosted.replicaId) return;
    if (this.others.size >= MAX_MEMBERS && !this.others.has(payload.replicaId)) return;
    this.others.set(payload.replicaId, { ...payload, lastHeardMs: this.clock.nowMs() });
  }

  private forgetGone(): void {
    const bound = this.clock.nowMs() - GONE_AFTER_MS;
    for (const [replicaId, { lastHeardMs }] of this.others) {
      if (lastHeardMs < bound) this.others.delete(replicaId);
    }
  }
}
