import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { NODE_STATS_WILDCARD, nodeStatsDelta, nodeStatsSubject } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import { RoutingEngine } from '@signalbox/routing';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';

/** A fact about a failing node must reach the others within this. */
const INTERVAL_MS = 100;

/**
 * Replicas tell each other what they learned, so that a decision is as good on any of them. Core NATS, not
 * durable: a lost delta costs some accuracy for a window, never a wrong count that stays.
 */
@Injectable()
export class Gossip implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Gossip.name);
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => Promise<void>) | undefined;

  constructor(
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    private readonly bus: MessageBus,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.bus.subscribeCore(NODE_STATS_WILDCARD, (message) =>
      this.receive(message.json<unknown>()),
    );
    this.timer = setInterval(() => this.tell(), INTERVAL_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.unsubscribe?.();
  }

  private tell(): void {
    this.engine.tick();
    if (this.bus.state !== 'connected') return;
    for (const { serviceName } of this.catalog.services()) {
      const delta = this.engine.takeDelta(serviceName);
      if (delta !== null) this.bus.publishCore(nodeStatsSubject(serviceName), delta);
    }
  }

  private receive(payload: unknown): void {
    if (!nodeStatsDelta.check(payload)) {
      this.logger.warn(
        `Ignored a nodes.stats message: ${nodeStatsDelta.errors(payload)[0]?.path ?? 'not JSON'} is not valid. Are all replicas of one version?`,
      );
      return;
    }
    if (payload.replicaId === this.settings.replicaId) return;
    this.engine.applyDelta(payload);
  }
}
