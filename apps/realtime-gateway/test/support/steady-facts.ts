import { setTimeout as delay } from 'node:timers/promises';
import type { EventMap, Fact } from '@signalbox/contracts';
import { MessageBus, type ScopeOf } from '@signalbox/messaging';
import { eventually } from '@signalbox/testkit';

const silent = { info() {}, warn() {}, error() {}, debug() {} };
/** Each fact is numbered by a round trip: a rate that a loaded machine keeps up with. */
const EVERY_MS = 50;
/** However long a loaded machine takes to start NATS again. */
const NATS_IS_BACK = { timeoutMs: 90_000 };

/** The other apps: they tell facts at a steady rate, whatever goes on, and wait while NATS is away. */
export class SteadyFacts {
  private readonly stopping = new AbortController();
  private readonly bus: MessageBus;
  private running: Promise<void> = Promise.resolve();
  private told = 0;

  constructor(natsUrl: string) {
    this.bus = MessageBus.connect({ url: natsUrl, name: 'the other apps', logger: silent });
  }

  /** Facts of each kind that NATS has stored. */
  get count(): number {
    return this.told;
  }

  async start(): Promise<void> {
    await this.bus.connected();
    this.running = this.tell();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.bus.close();
  }

  private async tell(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const n = this.told;
      await Promise.all([
        this.publish('circuits.changed', 'stripe', aCircuitChange(n)),
        this.publish('limits.alerted', 'maps', aLimitAlert(n)),
      ]);
      this.told = n + 1;
      await delay(EVERY_MS);
    }
  }

  /** Until it is stored; stored once however often it has to be said. */
  private async publish<F extends Fact>(fact: F, scope: ScopeOf<F>, event: EventMap[F]): Promise<void> {
    await eventually(() => this.bus.publish(fact, scope, event), NATS_IS_BACK);
  }
}

const occurredAt = '2026-11-21T10:00:00.000Z';

/** Every tenth one is critical. */
function aCircuitChange(n: number): EventMap['circuits.changed'] {
  return {
    eventId: `circuit-${n}`,
    occurredAt,
    serviceName: 'stripe',
    nodeId: 'stripe_primary_us_east',
    from: 'half_open',
    to: n % 10 === 0 ? 'open' : 'closed',
    reason: String(n),
    openUntil: null,
    replicaId: 'test',
  };
}

function aLimitAlert(n: number): EventMap['limits.alerted'] {
  return {
    eventId: `limit-${n}`,
    occurredAt,
    serviceName: 'maps',
    tier: 'burst',
    limit: 1_000_000,
    used: n,
    resetAt: occurredAt,
    shadow: false,
  };
}
