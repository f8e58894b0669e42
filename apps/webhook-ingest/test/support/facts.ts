import { after, before } from 'node:test';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Fact } from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';

export interface HeardFacts {
  /** All of a fact that were published so far. */
  all<T>(fact: Fact): Promise<T[]>;
  /** The first that fits, once there is one. */
  find<T>(fact: Fact, fits: (payload: T) => boolean): Promise<T>;
}

/** Hears what is published, as any service would; across restarts of NATS. */
export function listenTo(natsUrl: () => string): HeardFacts {
  const heard: { subject: string; payload: unknown }[] = [];
  let connection: NatsConnection | undefined;
  before(async () => {
    connection = await connect({ servers: natsUrl(), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    connection.subscribe('signalbox.v1.>', {
      callback: (_error, message) => {
        if (!message.subject.includes('.agents.') && message.data.length > 0) {
          heard.push({ subject: message.subject, payload: message.json() });
        }
      },
    });
    await connection.flush();
  });
  after(() => connection?.close());
  const all = async <T>(fact: Fact): Promise<T[]> =>
    heard
      .filter(({ subject }) => subject.startsWith(`signalbox.v1.${fact}`))
      .map(({ payload }) => payload as T);
  return {
    all,
    find: (fact, fits) =>
      eventually(
        async () => {
          const found = (await all<Parameters<typeof fits>[0]>(fact)).find(fits);
          if (found === undefined) throw new Error(`no such ${fact}`);
          return found;
        },
        { timeoutMs: 20_000 },
      ),
  };
}
