import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { MessageBus } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { HealthRegistry, Metrics } from '@signalbox/platform';
import { RedisConnection } from '@signalbox/redis';
import { HOST_SETTINGS, type HostSettings } from './host-settings.js';

const PING_EVERY_MS = 1_000;

/** Says how the three servers are, with what an operator should look at. No app needs one of them to be ready. */
@Injectable()
export class DependencyChecks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly health: HealthRegistry,
    private readonly bus: MessageBus,
    private readonly redis: RedisConnection,
    private readonly database: Database,
    private readonly metrics: Metrics,
    @Inject(HOST_SETTINGS) private readonly settings: HostSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.register(
      'nats',
      () => this.bus.state === 'connected',
      'NATS is away: replicas decide by their own facts and events wait in the outbox. Check NATS_URL and the server.',
    );
    this.register(
      'redis',
      () => this.redis.state === 'connected',
      'Redis is away: limits are counted by each replica alone, at its share. Check REDIS_URL and the server.',
    );
    this.register(
      'postgres',
      () => this.database.state === 'connected',
      'PostgreSQL is away: history waits in JetStream and configuration cannot be changed. Check DATABASE_URL and the server.',
    );
    this.gauges();
    // The pool learns that a server is back only by asking.
    this.timer = setInterval(() => void this.database.ping().catch(() => undefined), PING_EVERY_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private register(name: string, isUp: () => boolean, reason: string): void {
    this.health.register(name, {
      required: false,
      check: () => (isUp() ? { state: 'operational' } : { state: 'down', reason }),
    });
  }

  private gauges(): void {
    const { health, bus, settings } = this;
    this.metrics.gauge({
      name: 'signalbox_dependency_up',
      help: '1 while the dependency answers, by name',
      labelNames: ['dependency'],
      collect() {
        for (const [dependency, { state }] of Object.entries(health.components())) {
          this.set({ dependency }, state === 'operational' ? 1 : 0);
        }
      },
    });
    this.metrics.gauge({
      name: 'signalbox_outbox_messages',
      help: 'Messages that wait for NATS, and those dropped since the start because too many waited',
      labelNames: ['replica', 'state'],
      collect() {
        const { queued, dropped } = bus.outboxCounts;
        this.set({ replica: settings.replicaId, state: 'queued' }, queued);
        this.set({ replica: settings.replicaId, state: 'dropped' }, dropped);
      },
    });
  }
}
