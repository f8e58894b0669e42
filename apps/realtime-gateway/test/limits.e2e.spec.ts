import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { REALTIME_NAMESPACE, type RealtimeMetrics, type RoomMessage } from '@signalbox/contracts';
import { tokenOf, withHosted, type TokenOf } from '@signalbox/hosting/testing';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { eventually } from '@signalbox/testkit';
import { io, type Socket } from 'socket.io-client';
import { withPages } from './support/clients.js';
import { roomsAreOpen } from './support/readiness.js';
import { stopReading } from './support/stalled.js';
import { Publisher } from './support/publisher.js';

/**
 * Large enough that a client which does not read is soon past what the kernel and the gateway keep for it: well before it
 * is missed for not answering heartbeats.
 */
const BULKY = 'x'.repeat(200_000);

describe('a gateway', () => {
  let publisher: Publisher;
  const sockets: Socket[] = [];
  after(() => sockets.forEach((socket) => socket.close()));
  after(() => publisher.close());
  const fleet = withHosted([realtimeGateway], ['a'], () => ({ REALTIME_MAX_CONNECTIONS: '20' }));
  const open = withPages();
  before(async () => {
    publisher = await Publisher.connect(fleet.servers.natsUrl);
    await roomsAreOpen(fleet.process('a'));
  });

  const url = () => fleet.process('a').url;
  const connect = async (auth: object): Promise<Socket> => {
    const socket = io(`${url()}${REALTIME_NAMESPACE}`, {
      auth,
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', resolve);
      socket.on('connect_error', reject);
    });
    return socket;
  };
  const connectAs = async (who: TokenOf) => connect({ token: await tokenOf(who) });
  const metrics = async () => {
    const token = await tokenOf({ role: 'admin' });
    const answer = await fleet
      .process('a')
      .get<RealtimeMetrics>('/external-services/realtime-metrics', { as: { token } });
    return answer.data;
  };
  const isLive = (page: ReturnType<typeof open>) =>
    eventually(() => assert.equal(page.client.state.state, 'live'));

  it('serves the console compressed, and what it loads to be kept for ever', async () => {
    const headers = { 'accept-encoding': 'gzip, deflate, br' };
    const page = await fetch(url(), { headers });
    assert.deepEqual([page.status, page.headers.get('content-encoding')], [200, 'br']);
    const html = await page.text();
    const loaded = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(
      ([, path]) => path,
    );
    assert.ok(loaded.length >= 2, html);
    for (const path of loaded) {
      const file = await fetch(`${url()}${path}`, { headers });
      assert.equal(file.headers.get('content-encoding'), 'br', path);
      assert.equal(file.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      const sent = Number(file.headers.get('content-length'));
      const content = await file.arrayBuffer();
      assert.ok(sent <= content.byteLength, `${path}: ${sent} bytes for ${content.byteLength}`);
    }
  });

  it('agrees with each client on heartbeats that find a dead connection within 30 s', async () => {
    const handshake = await fetch(`${url()}/socket.io/?EIO=4&transport=polling`);
    const { pingInterval, pingTimeout } = JSON.parse((await handshake.text()).slice(1)) as Record<
      string,
      number
    >;
    assert.ok(pingInterval! > 0 && pingTimeout! > 0);
    assert.ok(pingInterval! + pingTimeout! <= 30_000, `${pingInterval} + ${pingTimeout} ms`);
  });

  it('lets nobody in without a good token, and says why', async () => {
    for (const [auth, code] of [
      [{}, 'UNAUTHENTICATED'],
      [{ token: 'nonsense' }, 'UNAUTHENTICATED'],
      [{ token: { $ne: null } }, 'UNAUTHENTICATED'],
      [{ token: await tokenOf({ role: 'admin', expiresInSeconds: -60 }) }, 'TOKEN_EXPIRED'],
    ] as const) {
      await assert.rejects(connect(auth), (error: Error & { data?: { code: string } }) => {
        assert.equal(error.data?.code, code);
        return true;
      });
    }
  });

  it('ends the connection when its token expires', async () => {
    const page = open(url(), ['coordination'], {
      role: 'admin',
      token: () => tokenOf({ role: 'admin', expiresInSeconds: 2 }),
    });
    // Five seconds of tolerance between clocks: the token is taken for that much longer, time enough to come in.
    await eventually(() => assert.equal(page.client.state.state, 'refused'));
    assert.ok(page.states.includes('live'));
    assert.deepEqual(page.client.state.state === 'refused' && page.client.state.code, 'TOKEN_EXPIRED');
  });

  it('refuses a room that the role may not join, and lets it into the others', async () => {
    const page = open(url(), ['coordination', 'agents', 'cost_monitoring'], { role: 'user' });
    await isLive(page);
    assert.deepEqual(
      page.refused.map(([room]) => room),
      ['agents'],
    );
    assert.deepEqual(
      page.joined.map(([room]) => room),
      ['coordination', 'cost_monitoring'],
    );
  });

  it('tells a token of some services about those alone, and without a gap', async () => {
    const page = open(url(), ['coordination'], { role: 'manager', services: ['stripe'] });
    await isLive(page);
    for (let n = 0; n < 10; n++) {
      await publisher.say('coordination', { n, serviceName: n % 2 === 0 ? 'stripe' : 'maps' });
    }
    await eventually(() => assert.equal(page.messages.length, 5));
    assert.deepEqual(
      page.messages.map(({ n }) => n),
      [0, 2, 4, 6, 8],
    );
    assert.equal(page.joined.length, 1, 'it had no reason to ask again');
  });

  it('answers a subscription that is none with every bad field, and goes on', async () => {
    const socket = await connectAs({ role: 'admin' });
    const answer = (await socket.emitWithAck('subscribe', { rooms: ['kitchen'] })) as {
      success: boolean;
      error: { code: string; message: string };
    };
    assert.equal(answer.error.code, 'VALIDATION_FAILED');
    assert.match(answer.error.message, /rooms\.0/);
    for (const body of [null, 7, 'x', [], {}, { rooms: [] }, { rooms: 'all', lastSeen: 3 }]) {
      const { error } = (await socket.emitWithAck('subscribe', body)) as typeof answer;
      assert.equal(error.code, 'VALIDATION_FAILED');
    }
    assert.ok(socket.connected);
  });

  it('ends a connection that floods it with subscriptions, and says why', async () => {
    const socket = await connectAs({ role: 'admin' });
    const closing = new Promise<{ code: string }>((resolve) => socket.on('connection_closing', resolve));
    for (let n = 0; n < 500; n++) socket.emit('subscribe', { rooms: ['coordination'] });
    assert.equal((await closing).code, 'too_many_requests');
    await eventually(() => assert.equal(socket.connected, false));
  });

  it('keeps at most 2 MB for a client that stopped reading, then ends its connection', async () => {
    const socket = await connectAs({ role: 'admin' });
    await socket.emitWithAck('subscribe', { rooms: ['batching_performance'] });
    const reader = open(url(), ['batching_performance']);
    await isLive(reader);
    stopReading(socket);
    let largest = 0;
    let said = 0;
    await eventually(async () => {
      await publisher.say('batching_performance', { n: said++, BULKY });
      const { queuedBytes, disconnectedAsTooSlow } = await metrics();
      largest = Math.max(largest, queuedBytes.largest);
      assert.equal(disconnectedAsTooSlow, 1);
    });
    assert.ok(largest > 500_000, `only ${largest} bytes were ever kept`);
    assert.ok(largest <= 2_000_000, `${largest} bytes were kept`);
    // The other client was told all of it meanwhile.
    await eventually(() => assert.equal(reader.messages.length, said));
  });

  it('lets a critical message overtake all that waits', async () => {
    const socket = await connectAs({ role: 'admin' });
    const received: RoomMessage[] = [];
    socket.onAny((_event, message: RoomMessage) => received.push(message));
    await socket.emitWithAck('subscribe', { rooms: ['webhook_events'] });
    const read = stopReading(socket);
    // Until the kernel takes no more and messages wait at the gateway; nowhere near its bound.
    let said = 0;
    await eventually(async () => {
      await publisher.say('webhook_events', { n: said++, BULKY });
      assert.ok((await metrics()).queuedBytes.largest > 500_000);
    });
    await publisher.say('webhook_events', { n: 'critical' }, { priority: 'critical' });
    read();
    await eventually(() => assert.equal(received.length, said + 1));
    const order = received.map(({ n }) => n);
    assert.ok(
      order.indexOf('critical') < said - 1,
      `it came ${order.indexOf('critical') + 1}. of ${said + 1}`,
    );
    assert.deepEqual(
      order.filter((n) => n !== 'critical'),
      Array.from({ length: said }, (_, n) => n),
    );
  });
});
