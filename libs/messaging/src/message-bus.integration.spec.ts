import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CORRELATION_HEADER, DECISIONS_REQUEST, FACTS, wildcardOf } from '@signalbox/contracts';
import { eventually, withServers } from '@signalbox/testkit';
import type { MessageBus } from './message-bus.js';
import { aBus, anAuditLine, anErrorReported, anOutcomeReported } from './spec-bus.js';
import { streamOf } from './streams.js';

const DEPENDENCY_UNAVAILABLE = { code: 'DEPENDENCY_UNAVAILABLE' };

describe('MessageBus', () => {
  const servers = withServers('nats');
  let bus: MessageBus;

  before(async () => {
    bus = aBus(servers.natsUrl);
    await bus.connected();
  });
  after(() => bus.close());

  /** Event ids a stream holds, in order. */
  async function stored(stream: string): Promise<string[]> {
    const { manager, jetstream } = bus.requireSession();
    const { messages } = (await manager.streams.info(stream)).state;
    if (messages === 0) return [];
    const consumer = await jetstream.consumers.get(stream, {});
    const ids: string[] = [];
    for await (const message of await consumer.consume({ max_messages: 500 })) {
      ids.push(message.json<{ eventId: string }>().eventId);
      if (message.info.pending === 0) break;
    }
    return ids;
  }

  it('stores a fact once however often it is published, and says so', async () => {
    const first = await bus.publish('outcomes.reported', 'stripe', anOutcomeReported('once'));
    const second = await bus.publish('outcomes.reported', 'stripe', anOutcomeReported('once'));
    assert.deepEqual([first.duplicate, second.duplicate], [false, true]);
    assert.equal(second.seq, first.seq);
    const other = await bus.publish('outcomes.reported', 'stripe', anOutcomeReported('once'), {
      msgId: 'other',
    });
    assert.equal(other.duplicate, false, 'an explicit message id wins over the event id');
  });

  it('carries the correlation id with the message', async () => {
    const { seq } = await bus.publish('errors.reported', 'stripe', anErrorReported('correlated'), {
      correlationId: 'c-1',
    });
    const message = await bus.requireSession().manager.streams.getMessage('SIGNALBOX_ERRORS', { seq });
    assert.equal(message?.header.get(CORRELATION_HEADER), 'c-1');
  });

  it('keeps every fact in a stream, and decision requests in none', async () => {
    const { manager } = bus.requireSession();
    for (const fact of FACTS) assert.equal(await manager.streams.find(wildcardOf(fact)), streamOf(fact));
    await assert.rejects(manager.streams.find(DECISIONS_REQUEST), /no stream/);
  });

  it('mends the bounds of a stream that differ from what is wanted', async () => {
    const other = aBus(servers.natsUrl, { streams: { errors: { maxBytes: 1024 ** 2 } } });
    await other.connected();
    const { config } = await other.requireSession().manager.streams.info('SIGNALBOX_ERRORS');
    assert.equal(config.max_bytes, 1024 ** 2);
    await other.close();
  });

  it('refuses a payload that the server would not take, by name', async () => {
    const huge = { ...anErrorReported('huge'), errorMessage: 'x'.repeat(1024 ** 2) };
    await assert.rejects(bus.publish('errors.reported', 'stripe', huge), { code: 'BODY_TOO_LARGE' });
    const { dropped, published } = bus.outboxCounts;
    bus.post('errors.reported', 'stripe', huge);
    bus.post('errors.reported', 'stripe', anErrorReported('after-huge'));
    await eventually(() => bus.outboxCounts.published === published + 1);
    assert.equal(bus.outboxCounts.dropped, dropped + 1);
  });

  it('tells who posted when the stream has it, and never for what it let go', async () => {
    const stored: string[] = [];
    const post = (event: ReturnType<typeof anErrorReported>) =>
      bus.post('errors.reported', 'stripe', event, { onStored: () => stored.push(event.eventId) });
    post({ ...anErrorReported('too-large'), errorMessage: 'x'.repeat(1024 ** 2) });
    post(anErrorReported('told-a'));
    // The stream has it already: that is stored too.
    post(anErrorReported('told-a'));
    await eventually(() => assert.deepEqual(stored, ['told-a', 'told-a']));
  });

  it('keeps what JetStream does not take now until it does', async () => {
    await bus.requireSession().manager.streams.delete('SIGNALBOX_AUDIT');
    const { published, dropped } = bus.outboxCounts;
    for (let n = 0; n < 10; n++) bus.post('audit.recorded', undefined, anAuditLine(`early-${n}`));
    await eventually(() => (bus.outboxCounts.oldestMs ?? 0) > 100);
    const mending = aBus(servers.natsUrl);
    await mending.connected();
    await mending.close();
    await eventually(() => bus.outboxCounts.published === published + 10);
    assert.equal(bus.outboxCounts.dropped, dropped);
    await bus.requireSession().manager.streams.purge('SIGNALBOX_AUDIT');
  });

  it('answers requests, and says so when nobody does', async () => {
    const stop = bus.subscribe({
      subject: 'spec.echo',
      queue: 'spec',
      handler: (message) => void message.respond(message.data),
    });
    assert.deepEqual(await bus.request('spec.echo', { n: 1 }, { timeoutMs: 20_000 }), { n: 1 });
    await stop();
    await assert.rejects(bus.request('spec.echo', { n: 1 }, { timeoutMs: 1_000 }), DEPENDENCY_UNAVAILABLE);
  });

  it('survives the server being killed: rejects at once, tells, and stores what was posted exactly once', async () => {
    const states: string[] = [];
    const unfollow = bus.onStateChange((state) => states.push(state));
    const ids = Array.from({ length: 6_000 }, (_, index) => `audit-${index}`);
    const heard: number[] = [];
    bus.subscribeCore('spec.core', (message) => void heard.push(message.json<number>()));

    // A third on its way when the server dies, a third while it is away, a third once it is back.
    for (const id of ids.slice(0, 2_000)) bus.post('audit.recorded', undefined, anAuditLine(id));
    await eventually(() => bus.outboxCounts.queued < 2_000);
    await servers.kill('nats');
    await eventually(() => bus.state === 'disconnected');
    const refused = assert.rejects(
      bus.publish('errors.reported', 'stripe', anErrorReported('down')),
      DEPENDENCY_UNAVAILABLE,
    );
    // Before anything can come in from outside: it waited for no server.
    const late = new Promise((resolve) => setImmediate(resolve, 'late'));
    assert.notEqual(await Promise.race([refused, late]), 'late');
    for (const id of ids.slice(2_000, 4_000)) bus.post('audit.recorded', undefined, anAuditLine(id));
    bus.publishCore('spec.core', [0]);
    await servers.restart('nats');
    await eventually(() => bus.state === 'connected');
    for (const id of ids.slice(4_000)) bus.post('audit.recorded', undefined, anAuditLine(id));

    await eventually(() => bus.outboxCounts.queued === 0);
    assert.equal(bus.outboxCounts.oldestMs, null);
    const found = await stored('SIGNALBOX_AUDIT');
    assert.equal(found.length, ids.length);
    assert.deepEqual(found.sort(), [...ids].sort());
    assert.deepEqual(states, ['disconnected', 'connected']);
    bus.publishCore('spec.core', Buffer.from('7'));
    await eventually(() => heard.at(-1) === 7);
    unfollow();
  });
});

describe('MessageBus without a server at boot', () => {
  const servers = withServers('nats');

  it('starts, holds what is posted, and sends it when the server appears', async () => {
    await servers.kill('nats');
    const bus = aBus(servers.natsUrl);
    assert.equal(bus.state, 'disconnected');
    bus.post('errors.reported', 'stripe', anErrorReported('early'));
    await assert.rejects(
      bus.publish('errors.reported', 'stripe', anErrorReported('early')),
      DEPENDENCY_UNAVAILABLE,
    );
    await servers.restart('nats');
    await bus.connected();
    await eventually(() => bus.outboxCounts.published === 1);
    await bus.close();
  });

  it('gives up waiting for the server at shutdown after the deadline', async () => {
    await servers.kill('nats');
    const bus = aBus(servers.natsUrl);
    bus.post('errors.reported', 'stripe', anErrorReported('never'));
    await bus.close(200);
    assert.equal(bus.outboxCounts.queued, 1);
  });
});
