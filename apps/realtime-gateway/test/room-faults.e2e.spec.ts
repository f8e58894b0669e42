import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { ReceivedMessage } from '@signalbox/client/realtime';
import { REALTIME_NAMESPACE, type Room, type RoomAnswer, type SubscribeAnswer } from '@signalbox/contracts';
import { tokenOf, withHosted } from '@signalbox/hosting/testing';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { eventually } from '@signalbox/testkit';
import { io, type Socket } from 'socket.io-client';
import { withPages, type Page } from './support/clients.js';
import { Publisher } from './support/publisher.js';

/** A page whose room opens later waits up to 15 s between two tries. */
const CATCH_UP = { timeoutMs: 60_000 };

describe('a room', () => {
  let nats: NatsConnection;
  let manager: JetStreamManager;
  let publisher: Publisher;
  const sockets: Socket[] = [];
  after(() => sockets.forEach((socket) => socket.close()));
  after(() => nats.close());
  after(() => publisher.close());
  const fleet = withHosted([realtimeGateway], ['a']);
  const open = withPages();

  before(async () => {
    nats = await connect({ servers: fleet.servers.natsUrl.replace('nats://', '') });
    manager = await jetstreamManager(nats);
    publisher = await Publisher.connect(fleet.servers.natsUrl);
  });

  const joined = async (...rooms: Room[]): Promise<Page> => {
    const page = open(fleet.process('a').url, rooms);
    await eventually(() => assert.equal(page.client.state.state, 'live'), CATCH_UP);
    return page;
  };
  const told = (page: Page) => page.messages.map(({ n }) => n);
  const recoveries = (page: Page) =>
    page.joined.map(([, answer]: [Room, RoomAnswer]) => answer.joined && answer.recovered);
  /** A client that saw the room up to a message, and what it is told. */
  const cameBack = async (room: Room, { epoch, seq }: ReceivedMessage) => {
    const socket = io(`${fleet.process('a').url}${REALTIME_NAMESPACE}`, {
      auth: { token: await tokenOf({ role: 'admin' }) },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    sockets.push(socket);
    const messages: ReceivedMessage[] = [];
    socket.onAny((_event, message: ReceivedMessage) => messages.push(message));
    const asked = { rooms: [room], lastSeen: { [room]: { epoch, seq } } };
    const { rooms } = (await socket.emitWithAck('subscribe', asked)) as SubscribeAnswer;
    const answer = rooms[room];
    const recovered = answer?.joined === true && answer.recovered;
    return { answer, recovered, told: () => messages.map(({ n }) => n) };
  };
  /** As nobody of ours does. */
  const store = (room: Room, payload: string) =>
    jetstream(nats).publish(`signalbox.v1.rooms.${room}`, payload);

  it('goes on past messages that are none, live and for who comes back, without a gap', async () => {
    const page = await joined('coordination');
    await publisher.say('coordination', { n: 1 });
    for (const bad of ['{"n":', 'null', '7', '[]', '{}', '{"eventType":"x","priority":"normal"}', '\u0000']) {
      await store('coordination', bad);
    }
    await publisher.say('coordination', { n: 2 });
    await eventually(() => assert.deepEqual(told(page), [1, 2]), CATCH_UP);
    assert.deepEqual(recoveries(page), [null], 'it had no reason to ask again');

    await store('coordination', 'null');
    await publisher.say('coordination', { n: 3 });
    await eventually(() => assert.deepEqual(told(page), [1, 2, 3]), CATCH_UP);
    const back = await cameBack('coordination', page.messages[0]!);
    assert.equal(back.recovered, true);
    await eventually(() => assert.deepEqual(back.told(), [2, 3]), CATCH_UP);
  });

  it('goes on past a dashboard that another version of the gateway made', async () => {
    const page = await joined('api_status_updates');
    const limited = open(fleet.process('a').url, ['api_status_updates'], {
      role: 'manager',
      services: ['stripe'],
    });
    await eventually(() => assert.equal(limited.client.state.state, 'live'), CATCH_UP);
    await publisher.say('api_status_updates', { services: 'all' }, { eventType: 'dashboard_update' });
    await publisher.say('api_status_updates', { n: 'after', serviceName: 'stripe' });
    for (const one of [page, limited]) {
      // Behind it comes a dashboard of this version, sooner or later.
      await eventually(() => assert.ok(told(one).includes('after')), CATCH_UP);
      assert.deepEqual(recoveries(one), [null]);
    }
  });

  it('that was deleted is made anew, and tells who is connected so', async () => {
    const page = await joined('agents');
    await publisher.say('agents', { n: 1 });
    await eventually(() => assert.deepEqual(told(page), [1]), CATCH_UP);
    await manager.streams.delete('SIGNALBOX_ROOM_AGENTS');
    await publisher.say('agents', { n: 2 });
    await eventually(() => assert.deepEqual(recoveries(page), [null, false]), { timeoutMs: 60_000 });
    await publisher.say('agents', { n: 3 });
    await eventually(() => assert.equal(told(page).at(-1), 3), CATCH_UP);
  });

  it('tells who is connected so when messages were gone before the gateway read them', async () => {
    const page = await joined('rate_limit_alerts');
    await publisher.say('rate_limit_alerts', { n: 1 });
    await eventually(() => assert.deepEqual(told(page), [1]), CATCH_UP);
    // As if nine had come and gone while this gateway was cut off from NATS.
    const name = 'SIGNALBOX_ROOM_RATE_LIMIT_ALERTS';
    await manager.streams.purge(name, { seq: page.messages[0]!.seq + 10 });
    await publisher.say('rate_limit_alerts', { n: 11 });
    await eventually(() => assert.deepEqual(recoveries(page), [null, false]), CATCH_UP);
    await publisher.say('rate_limit_alerts', { n: 12 });
    await eventually(() => assert.deepEqual(told(page), [1, 12]), CATCH_UP);
  });

  it('gives who missed more than is kept for a slow client how things stand, and lets it stay', async () => {
    const page = await joined('webhook_events');
    await publisher.say('webhook_events', { n: 0 });
    await eventually(() => assert.deepEqual(told(page), [0]), CATCH_UP);
    const bulk = 'x'.repeat(10_000);
    for (let n = 1; n <= 150; n++) await publisher.say('webhook_events', { n, bulk });
    await eventually(() => assert.equal(page.messages.length, 151), CATCH_UP);
    const back = await cameBack('webhook_events', page.messages[0]!);
    assert.equal(back.recovered, false);
    await publisher.say('webhook_events', { n: 'after' });
    await eventually(() => assert.deepEqual(back.told(), ['after']), CATCH_UP);
    const less = await cameBack('webhook_events', page.messages[100]!);
    assert.equal(less.recovered, true);
    await eventually(() => assert.equal(less.told().length, 51), CATCH_UP);
  });

  it('lets who was told more by another gateway wait until it has read as far, also while NATS is away', async () => {
    const room = 'cost_monitoring';
    const page = await joined(room);
    await publisher.say(room, { n: 1 });
    await eventually(() => assert.deepEqual(told(page), [1]), CATCH_UP);
    const [first] = page.messages as [ReceivedMessage];
    const ahead = { ...first, seq: first.seq + 1 };
    // The stream holds no more: what the client saw was lost with its end.
    assert.equal((await cameBack(room, ahead)).recovered, false);

    await fleet.servers.kill('nats');
    const early = await cameBack(room, ahead);
    assert.ok(early.answer?.joined === false && early.answer.reason === 'unavailable');
    await fleet.servers.restart('nats');
    await publisher.say(room, { n: 2 });
    await publisher.say(room, { n: 3 });
    const back = await eventually(async () => {
      const one = await cameBack(room, ahead);
      assert.equal(one.recovered, true);
      return one;
    }, CATCH_UP);
    await eventually(() => assert.deepEqual(back.told(), [3]), CATCH_UP);
    await eventually(() => assert.deepEqual(told(page), [1, 2, 3]), CATCH_UP);
    assert.deepEqual(recoveries(page), [null]);
  });
});
