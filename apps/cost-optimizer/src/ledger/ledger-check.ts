import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { MessageBus } from '@signalbox/messaging';
import { HealthRegistry, type ComponentHealth } from '@signalbox/platform';
import { RedisConnection } from '@signalbox/redis';
import { LiveRules } from '../rules/live-rules.js';
import { LedgerWatch } from './ledger-watch.js';

/** Whether calls can be admitted and their spend is kept, with what to look at when not. */
@Injectable()
export class LedgerCheck implements OnApplicationBootstrap {
  constructor(
    private readonly health: HealthRegistry,
    private readonly watch: LedgerWatch,
    private readonly rules: LiveRules,
    private readonly redis: RedisConnection,
    private readonly bus: MessageBus,
  ) {}

  onApplicationBootstrap(): void {
    // Not required: without it this process still takes configuration, and says of each admission why it cannot be.
    this.health.register('ledger', { required: false, check: () => this.check() });
  }

  private check(): ComponentHealth {
    if (!this.rules.areLoaded) {
      return {
        state: 'down',
        reason:
          'No budgets and limits are loaded yet: they come from PostgreSQL or, while that is down, from NATS. Check both.',
      };
    }
    if (this.redis.state !== 'connected') {
      return {
        state: 'down',
        reason:
          'Redis is away: no call is admitted (503), decisions go by the last known budgets. Check REDIS_URL.',
      };
    }
    const rebuilding = this.watch.rebuilding();
    if (rebuilding.length > 0) {
      return {
        state: 'degraded',
        reason: `The ledger of ${rebuilding.join(', ')} is being rebuilt from the journal.`,
      };
    }
    if (this.watch.backlog() > 0) {
      return {
        state: 'degraded',
        reason: `${this.watch.backlog()} movements wait for the journal, at most 10,000. Check DATABASE_URL and PostgreSQL.`,
      };
    }
    if (this.bus.state !== 'connected') {
      return {
        state: 'degraded',
        reason: 'NATS is away: what decisions reserve and outcomes settle waits. Check NATS_URL.',
      };
    }
    return { state: 'operational' };
  }
}
