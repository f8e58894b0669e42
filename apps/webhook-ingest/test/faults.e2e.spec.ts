import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { WebhookProcessed, WebhookReceived } from '@signalbox/contracts';
import { withHosted } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { webhookIngest } from '../src/definition.js';
import { listenTo } from './support/facts.js';
import { rowsOf } from './support/rows.js';
import { eventIn, giveSecrets, send, signed, stripeEvent } from './support/senders.js';

const PATIENT = { timeoutMs: 60_000 };

describe('webhooks while servers die', () => {
  const fleet = withHosted([webhookIngest], ['a', 'b']);
  const facts = listenTo(() => fleet.servers.natsUrl);
  const rows = rowsOf(() => fleet.servers.databaseUrl);
  before(() => giveSecrets([fleet.process('a'), fleet.process('b')], ['stripe']));
  const deliver = (event: ReturnType<typeof stripeEvent>, to = 'a') =>
    send(fleet.process(to), 'stripe', signed('stripe', event));
  /** As a provider does: until it is taken. */
  const insist = (event: ReturnType<typeof stripeEvent>, to: string) =>
    eventually(async () => {
      const { status } = await deliver(event, to);
      assert.ok([200, 503].includes(status), `answered ${status}`);
      return status === 200;
    }, PATIENT);
  const attemptsOf = async (ids: readonly string[]) => {
    const found = await rows.select<{ external_id: string; n: number }>(
      `SELECT e.external_id, count(*) AS n FROM webhook_events e JOIN webhook_attempts a USING (received_at, event_id)
       WHERE e.external_id = ANY($1::text[]) GROUP BY 1`,
      [ids],
    );
    return found;
  };

  it('acknowledges nothing that is not durable: PostgreSQL dies under load', async () => {
    const events = Array.from({ length: 120 }, () => stripeEvent());
    const kill = (async () => {
      await eventually(async () => (await rows.count('webhook_events')) >= 20, PATIENT);
      await fleet.servers.kill('postgres');
      // A delivery is refused in the meantime, and refused cleanly.
      const answer = await deliver(stripeEvent({ id: 'evt_refused' }));
      assert.deepEqual([answer.status, answer.failure?.code], [503, 'DEPENDENCY_UNAVAILABLE']);
      await fleet.servers.restart('postgres');
    })();
    const queue = [...events];
    const sender = async (to: string) => {
      for (let event = queue.shift(); event !== undefined; event = queue.shift()) await insist(event, to);
    };
    await Promise.all([kill, sender('a'), sender('b'), sender('a'), sender('b')]);
    const ids = events.map(({ id }) => id);
    await eventually(async () => {
      const attempts = await attemptsOf(ids);
      assert.equal(attempts.length, ids.length);
      assert.ok(
        attempts.every(({ n }) => n === 1),
        JSON.stringify(attempts.filter(({ n }) => n !== 1)),
      );
    }, PATIENT);
    const stored = await rows.select(`SELECT 1 FROM webhook_events WHERE external_id = ANY($1::text[])`, [
      ids,
    ]);
    assert.equal(stored.length, ids.length);
    for (const id of ids) {
      await facts.find<WebhookProcessed>('webhooks.processed', ({ externalId }) => externalId === id);
    }
  });

  it('takes webhooks while NATS is away, and tells of each once when it is back', async () => {
    await fleet.servers.kill('nats');
    const events = Array.from({ length: 10 }, () => stripeEvent());
    for (const [n, event] of events.entries()) {
      await eventually(
        async () => assert.equal((await deliver(event, n % 2 ? 'a' : 'b')).status, 200),
        PATIENT,
      );
    }
    // Processing asks PostgreSQL what is due: it goes on.
    for (const { id } of events) await eventIn(fleet.process('a'), id, ['processed']);
    await fleet.servers.restart('nats');
    for (const { id } of events) {
      await facts.find<WebhookReceived>('webhooks.received', ({ externalId }) => externalId === id);
      await facts.find<WebhookProcessed>('webhooks.processed', ({ externalId }) => externalId === id);
    }
    await eventually(async () => assert.equal(await rows.count('webhook_outbox'), 0), PATIENT);
    const told = await facts.all<WebhookProcessed>('webhooks.processed');
    const ids = new Set(events.map(({ id }) => id));
    const eventIds = told.filter(({ externalId }) => ids.has(externalId)).map(({ eventId }) => eventId);
    assert.equal(new Set(eventIds).size, events.length);
  });

  it('knows duplicates without Redis, and a key in Redis never stands for an event that is not stored', async () => {
    const event = stripeEvent();
    await fleet.servers.kill('redis');
    assert.deepEqual((await deliver(event, 'a')).receipt, { received: 1, duplicates: 0 });
    assert.deepEqual((await deliver(event, 'b')).receipt, { received: 1, duplicates: 1 });
    await fleet.servers.restart('redis');
    assert.deepEqual((await deliver(event, 'b')).receipt, { received: 1, duplicates: 1 });
    // Refused while PostgreSQL was away: nothing remembers it, and its retry is a new event.
    const refused = stripeEvent();
    await fleet.servers.kill('postgres');
    assert.equal((await deliver(refused, 'a')).status, 503);
    await fleet.servers.restart('postgres');
    await insist(refused, 'a');
    await eventIn(fleet.process('b'), refused.id, ['processed']);
  });

  it('answers what is being committed when it is told to stop', async () => {
    const deliveries = Array.from({ length: 50 }, () => stripeEvent());
    const inFlight = Promise.allSettled(deliveries.map((event) => deliver(event, 'b')));
    await eventually(async () => {
      const found = await attemptsOf(deliveries.map(({ id }) => id));
      return found.length > 0;
    }, PATIENT);
    await fleet.restart('b', { waitFor: 'ready' });
    const answers = await inFlight;
    const acknowledged = deliveries.filter((_event, n) => {
      const answer = answers[n];
      return answer?.status === 'fulfilled' && answer.value.status === 200;
    });
    const stored = await rows.select<{ external_id: string }>(
      `SELECT external_id FROM webhook_events WHERE external_id = ANY($1::text[])`,
      [acknowledged.map(({ id }) => id)],
    );
    assert.equal(stored.length, acknowledged.length);
  });
});
