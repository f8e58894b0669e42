import type { MessagePriority, RealtimeEventType, Room } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import { eventually } from '@signalbox/testkit';

const silent = { info() {}, warn() {}, error() {}, debug() {} };
let published = 0;

/** What the other apps are to the gateway: somebody who tells facts, here already as messages of a room. */
export class Publisher {
  private constructor(private readonly bus: MessageBus) {}

  static async connect(natsUrl: string): Promise<Publisher> {
    const bus = MessageBus.connect({ url: natsUrl, name: 'publisher', logger: silent });
    await bus.connected();
    return new Publisher(bus);
  }

  /** Stored once, however often NATS has to be asked. */
  async say(
    room: Room,
    payload: Record<string, unknown>,
    options: { eventType?: RealtimeEventType; priority?: MessagePriority } = {},
  ): Promise<void> {
    const { eventType = 'coordination_event', priority = 'normal' } = options;
    const message = { priority, eventType, timestamp: new Date().toISOString(), ...payload };
    const id = `test-${++published}`;
    // However long a loaded machine takes to start NATS again, or a gateway to notice that the room's stream is gone.
    await eventually(() => this.bus.publishTo(`signalbox.v1.rooms.${room}`, message, id), {
      timeoutMs: 90_000,
    });
  }

  close(): Promise<void> {
    return this.bus.close();
  }
}
