import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, afterEach, before } from 'node:test';
import { Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { subjectOf, type DeadLetter } from '@signalbox/contracts';
import type { MessageBus } from '../message-bus.js';
import { aBus } from '../spec-bus.js';
import { DEAD_LETTER_STREAM, streamOf } from '../streams.js';
import { JetStreamTransport } from './jetstream-transport.js';

const OUTCOMES = streamOf('outcomes.reported');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * For a describe that has a NATS of its own: a bus, and Nest applications that are closed after each test, when the
 * streams are emptied and the consumers removed.
 */
export function withApps(servers: { readonly natsUrl: string }) {
  const cleanups: (() => Promise<void>)[] = [];
  let bus: MessageBus;

  before(async () => {
    bus = aBus(servers.natsUrl);
    await bus.connected();
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    await bus.connected();
    const { manager } = bus.requireSession();
    for (const { config } of await manager.streams.list().next()) {
      for (const { name } of await manager.consumers.list(config.name).next()) {
        await manager.consumers.delete(config.name, name).catch(ignoreGone);
      }
      await manager.streams.purge(config.name);
    }
  });
  after(() => bus.close());

  return {
    get bus() {
      return bus;
    },
    /** Another process of the fleet, as far as NATS can tell. */
    async anotherBus(): Promise<MessageBus> {
      const another = aBus(servers.natsUrl);
      await another.connected();
      cleanups.push(() => another.close());
      return another;
    },
    /** A Nest application of one controller. */
    async start(controller: Type<unknown>, on: MessageBus = bus): Promise<INestMicroservice> {
      const app = await anApp(controller, on);
      cleanups.push(() => app.close());
      return app;
    },
    async publishRaw(subject: string, data: string | Uint8Array): Promise<void> {
      await bus.requireSession().jetstream.publish(subject, data);
    },
    async deadLetters(): Promise<DeadLetter[]> {
      const { manager, jetstream } = bus.requireSession();
      if ((await manager.streams.info(DEAD_LETTER_STREAM)).state.messages === 0) return [];
      const letters: DeadLetter[] = [];
      for await (const message of await (await jetstream.consumers.get(DEAD_LETTER_STREAM, {})).consume()) {
        letters.push(message.json<DeadLetter>());
        if (message.info.pending === 0) break;
      }
      return letters;
    },
    /** Whether this process has received so many outcomes of a durable consumer and settled none of them. */
    async hasReceived(consumer: string, count: number): Promise<boolean> {
      const { manager, jetstream } = bus.requireSession();
      if ((await manager.consumers.info(OUTCOMES, consumer)).num_ack_pending !== count) return false;
      // Counted is not yet sent. What a stream sends, it sends in order: this answer comes behind the messages.
      const refused = { timeout: 20_000, expect: { lastMsgID: 'no such message' } };
      const asking = jetstream.publish(subjectOf('outcomes.reported', 'stripe'), '', refused);
      await assert.rejects(asking, { name: 'JetStreamApiError' });
      return true;
    },
    /** Messages of a durable consumer that are neither settled nor still to be delivered. */
    async unsettled(stream: string, consumer: string): Promise<number> {
      const info = await bus.requireSession().manager.consumers.info(stream, consumer);
      return info.num_ack_pending + info.num_pending;
    },
  };
}

/** A replica's own consumer goes with its application, which may be now. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound)) throw error;
}

async function anApp(controller: Type<unknown>, bus: MessageBus): Promise<INestMicroservice> {
  class SpecModule {}
  Module({ controllers: [controller] })(SpecModule);
  const strategy = new JetStreamTransport({ bus, logger: silent, runWithCorrelation });
  const app = await NestFactory.createMicroservice(SpecModule, { strategy, logger: false });
  await app.listen();
  return app;
}

const correlation = new AsyncLocalStorage<string>();

function runWithCorrelation<T>(correlationId: string, work: () => T): T {
  return correlation.run(correlationId, work);
}

/** The id that the handler runs under. */
export function currentCorrelationId(): string | undefined {
  return correlation.getStore();
}
