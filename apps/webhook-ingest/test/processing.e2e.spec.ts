import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { ReplayedMany, WebhookCoordination, WebhookProcessed } from '@signalbox/contracts';
import type { HostedApp } from '@signalbox/hosting';
import { withHosted } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { WebhookIngestModule } from '../src/app.module.js';
import { webhookIngest } from '../src/definition.js';
import { shippedProcessing, type EventHandler, type HandledEvent } from '../src/processing/event-handler.js';
import { listenTo } from './support/facts.js';
import { eventIn, giveSecrets, send, signed, stripeEvent } from './support/senders.js';

/** A handler of one type of Stripe's events that does as the test says. */
function handlerOf(type: string, handle: EventHandler['handle']): EventHandler {
  return { name: `test.${type}`, serviceName: 'stripe', handles: (given) => given === type, handle };
}

const IGNORED = { kind: 'ignored' } as const;

describe('processing webhooks', () => {
  const handled: string[] = [];
  const failuresLeft = new Map<string, number>();
  let isMended = false;
  const idOf = (event: HandledEvent) => (event.payload as { id: string }).id;
  const failing: EventHandler['handle'] = (event) => {
    const id = idOf(event);
    handled.push(id);
    const left = failuresLeft.get(id) ?? 0;
    failuresLeft.set(id, left - 1);
    if (left > 0) throw new Error(`not yet, ${left}`);
    return IGNORED;
  };
  const handlers = [
    handlerOf('order.test', failing),
    handlerOf('retry.test', failing),
    handlerOf('broken.test', () => {
      if (!isMended) throw new Error('broken');
      return IGNORED;
    }),
    handlerOf('circuit.test', async () => {
      if (!isMended) throw new Error('down');
      return IGNORED;
    }),
  ];
  const app: HostedApp<(typeof webhookIngest.settings)['properties']> = {
    ...webhookIngest,
    module: (settings) =>
      WebhookIngestModule.with(settings, {
        handlers: [...shippedProcessing.handlers, ...handlers],
        retryPolicy: { maxAttempts: 4, firstDelayMs: 100, maxDelayMs: 400 },
      }),
  };
  const fleet = withHosted([app], ['a', 'b']);
  const facts = listenTo(() => fleet.servers.natsUrl);
  before(() => giveSecrets([fleet.process('a'), fleet.process('b')], ['stripe']));
  const deliver = async (event: ReturnType<typeof stripeEvent>, to = 'a') => {
    const answer = await send(fleet.process(to), 'stripe', signed('stripe', event));
    assert.equal(answer.status, 200, JSON.stringify(answer.failure));
    return event;
  };

  it('tries again after growing waits until it succeeds, and keeps every attempt', async () => {
    const event = stripeEvent({ type: 'retry.test' });
    failuresLeft.set(event.id, 2);
    await deliver(event);
    const { attempts } = await eventIn(fleet.process('b'), event.id, ['ignored']);
    assert.deepEqual(
      attempts.map(({ outcome, reason, handler }) => [outcome, reason, handler]),
      [
        ['retrying', 'not yet, 2', 'test.retry.test'],
        ['retrying', 'not yet, 1', 'test.retry.test'],
        ['ignored', null, 'test.retry.test'],
      ],
    );
    // Equal jitter: at least half of 100 ms, then of 200 ms.
    const [first, second, third] = attempts.map(({ startedAt }) => Date.parse(startedAt)) as [
      number,
      number,
      number,
    ];
    assert.ok(second - first >= 50 && third - second >= 100, `${second - first}, ${third - second}`);
  });

  it('keeps the order of a customer over failures and replicas, and holds up nobody else', async () => {
    const customer = 'cus_ordered';
    const nowS = Math.floor(Date.now() / 1_000);
    const events = [0, 1, 2, 3].map((n) => stripeEvent({ type: 'order.test', customer, createdS: nowS + n }));
    failuresLeft.set(events[0]?.id as string, 2);
    for (const [n, event] of events.entries()) await deliver(event, n % 2 ? 'a' : 'b');
    const other = await deliver(stripeEvent({ type: 'order.test' }));
    await eventIn(fleet.process('a'), other.id, ['ignored']);
    for (const event of events) await eventIn(fleet.process('a'), event.id, ['ignored']);
    const ids = events.map(({ id }) => id);
    assert.deepEqual(
      handled.filter((id) => ids.includes(id)),
      [ids[0], ids[0], ids[0], ids[1], ids[2], ids[3]],
    );
  });

  it('gives up after the last attempt, tells so, and processes it when it is replayed', async () => {
    const [one, two, three] = [
      await deliver(stripeEvent({ type: 'broken.test' })),
      await deliver(stripeEvent({ type: 'broken.test' })),
      await deliver(stripeEvent({ type: 'broken.test' })),
    ];
    const dead = await eventIn(fleet.process('a'), one.id, ['dead']);
    for (const { id } of [two, three]) await eventIn(fleet.process('a'), id, ['dead']);
    assert.deepEqual([dead.attempts.length, dead.reason], [4, 'broken']);
    const told = await facts.find<WebhookProcessed>(
      'webhooks.processed',
      ({ externalId }) => externalId === one.id,
    );
    assert.deepEqual([told.state, told.reason, told.attempts], ['dead', 'broken', 4]);

    isMended = true;
    const url = `/external-services/webhook-events/${dead.webhookEventId}/replay`;
    assert.equal((await fleet.process('b').post(url, {}, { as: 'user' })).status, 403);
    const replayed = await fleet.process('b').post(url, { reason: 'mended' }, { as: 'manager' });
    assert.equal(replayed.status, 200, JSON.stringify(replayed.body));
    const again = await eventIn(fleet.process('a'), one.id, ['ignored']);
    assert.deepEqual(
      again.attempts.map(({ run, attempt, outcome }) => [run, attempt, outcome]),
      [
        [1, 1, 'retrying'],
        [1, 2, 'retrying'],
        [1, 3, 'retrying'],
        [1, 4, 'dead'],
        [2, 1, 'ignored'],
      ],
    );

    const many = '/external-services/webhook-events/replay';
    const query = { serviceName: 'stripe', type: 'broken.test', state: 'dead' };
    const dry = await fleet.process('a').post<ReplayedMany>(many, { query });
    assert.deepEqual([dry.data.dryRun, dry.data.matched, dry.data.replayed], [true, 2, 0]);
    assert.deepEqual(dry.data.sample.map(({ externalId }) => externalId).sort(), [two.id, three.id].sort());
    await eventIn(fleet.process('a'), two.id, ['dead']);
    const wet = await fleet.process('a').post<ReplayedMany>(many, { query, dryRun: false, reason: 'mended' });
    assert.deepEqual([wet.data.matched, wet.data.replayed], [2, 2]);
    for (const { id } of [two, three]) await eventIn(fleet.process('a'), id, ['ignored']);
    assert.equal((await fleet.process('a').post(many, { query: {} })).status, 400);
    assert.equal(
      (await fleet.process('a').post('/external-services/webhook-events/nonsense/replay', {})).status,
      404,
    );
  });

  it('does not try again what no retry mends: a payload that is not as documented is dead at once', async () => {
    const event = stripeEvent();
    const { data, ...rest } = event;
    const broken = { ...rest, data: { object: { ...data.object, currency: 7 } } };
    assert.equal((await send(fleet.process('a'), 'stripe', signed('stripe', broken))).status, 200);
    const { attempts, reason } = await eventIn(fleet.process('a'), event.id, ['dead']);
    assert.equal(attempts.length, 1);
    assert.match(String(reason), /data\.object\.currency/);
  });

  it('rests a handler that fails and fails, without using up its events’ attempts, and goes on when it is mended', async () => {
    isMended = false;
    const events = [];
    for (let n = 0; n < 40; n++)
      events.push(await deliver(stripeEvent({ type: 'circuit.test' }), n % 2 ? 'a' : 'b'));
    await eventually(async () => {
      const circuits = await Promise.all(
        ['a', 'b'].map(async (id) => {
          const { data } = await fleet
            .process(id)
            .get<WebhookCoordination>('/external-services/webhook-coordination');
          return data.handlers.find(({ name }) => name === 'test.circuit.test')?.circuit;
        }),
      );
      assert.ok(circuits.includes('open') || circuits.includes('half_open'), circuits.join());
    });
    isMended = true;
    const last = await deliver(stripeEvent({ type: 'circuit.test' }));
    await eventIn(fleet.process('a'), last.id, ['ignored']);
  });
});
