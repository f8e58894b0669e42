import { after, before } from 'node:test';
import type { Fact } from '@signalbox/contracts';
import { MessageBus, streamOf } from '@signalbox/messaging';
import { eventually } from '@signalbox/testkit';

export interface ToldFacts {
  /** All of a fact that are told so far, each once, as JetStream keeps them. */
  all<T>(fact: Fact): Promise<T[]>;
  /** The first that fits, once there is one. */
  find<T>(fact: Fact, fits: (payload: T) => boolean): Promise<T>;
}

const silent = { info() {}, warn() {}, error() {}, debug() {} };

interface Reading {
  nextSequence: number;
  messages: { subject: string; payload: unknown }[];
}

/**
 * Reads what was told where it is kept. A subscription would not do: after a restart of NATS a process may be back, and
 * have told, before the test is; and it hears twice what is sent again because its acknowledgement was late.
 */
export function listenTo(natsUrl: () => string): ToldFacts {
  let bus: MessageBus | undefined;
  const readings = new Map<string, Reading>();
  before(async () => {
    bus = MessageBus.connect({ url: natsUrl(), name: 'a test', logger: silent });
    // A killed server may have lost its last messages and number others like them: all is read anew.
    bus.onSession(() => readings.clear());
    await bus.connected();
  });
  after(() => bus?.close());

  const read = async (stream: string): Promise<Reading> => {
    const { manager } = bus!.requireSession();
    const reading = readings.get(stream) ?? { nextSequence: 1, messages: [] };
    readings.set(stream, reading);
    for (;;) {
      const message = await manager.streams.getMessage(stream, { seq: reading.nextSequence });
      if (message === null) return reading;
      reading.nextSequence += 1;
      reading.messages.push({ subject: message.subject, payload: message.json() });
    }
  };
  const all = async <T>(fact: Fact): Promise<T[]> => {
    const { messages } = await read(streamOf(fact));
    return messages
      .filter(({ subject }) => subject.startsWith(`signalbox.v1.${fact}`))
      .map(({ payload }) => payload as T);
  };
  return {
    all: (fact) => eventually(() => all(fact)),
    find: (fact, fits) =>
      eventually(
        async () => {
          const found = (await all<Parameters<typeof fits>[0]>(fact)).find(fits);
          if (found === undefined) throw new Error(`no such ${fact}`);
          return found;
        },
        { timeoutMs: 60_000 },
      ),
  };
}
