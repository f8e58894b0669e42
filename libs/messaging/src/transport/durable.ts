import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type Consumer,
  type ConsumerConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { wildcardOf, type Fact } from '@signalbox/contracts';
import type { BusSession } from '../bus-session.js';
import { streamOf } from '../streams.js';
import { HANDLER_TIMEOUT_MS } from './stream-consumer.js';

/** The server gives a message to somebody else only after the handler here has certainly been given up. */
const ACK_WAIT_FACTOR = 1.5;
/** Messages given out and not settled, over all replicas. When that many fail at a time, the rest waits. */
const MAX_ACK_PENDING = 10_000;

export interface DurableOptions {
  fact: Fact;
  consumer: string;
  from?: 'new' | 'all';
  /** 1 keeps the order over all replicas: nothing is given out before the last one is settled. */
  concurrency?: number;
  timeoutMs?: number;
}

/**
 * The consumer that keeps its place on the server, made if it is missing. The server redelivers without limit:
 * when a message is given up is decided here, where it is known whether the message or a dependency failed.
 */
export async function openDurable(
  session: BusSession,
  { fact, consumer, from, concurrency, timeoutMs = HANDLER_TIMEOUT_MS }: DurableOptions,
): Promise<Consumer> {
  const stream = streamOf(fact);
  const name = `${consumer}_${fact.replaceAll('.', '_')}`;
  const wanted: Partial<ConsumerConfig> = {
    ack_wait: nanos(timeoutMs * ACK_WAIT_FACTOR),
    max_ack_pending: concurrency === 1 ? 1 : MAX_ACK_PENDING,
    max_deliver: -1,
    filter_subject: wildcardOf(fact),
  };
  const existing = await session.manager.consumers.info(stream, name).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound)
      return undefined;
    throw error;
  });
  if (!existing) {
    await session.manager.consumers.add(stream, {
      ...wanted,
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: from === 'all' ? DeliverPolicy.All : DeliverPolicy.New,
    });
  } else if (
    existing.config.ack_wait !== wanted.ack_wait ||
    existing.config.max_ack_pending !== wanted.max_ack_pending
  ) {
    await session.manager.consumers.update(stream, name, wanted);
  }
  return session.jetstream.consumers.get(stream, name);
}
