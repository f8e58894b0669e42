import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { withHosted, tokenOf } from '@signalbox/hosting/testing';
import { MessageBus } from '@signalbox/messaging';
import { REALTIME_NAMESPACE, type RoomMessage, type SubscribeAnswer } from '@signalbox/contracts';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { eventually } from '@signalbox/testkit';
import { io, type Socket } from 'socket.io-client';
import { isRead, roomsAreOpen } from './support/readiness.js';

describe('two gateways', () => {
  const fleet = withHosted([realtimeGateway], ['a', 'b']);
  const sockets: Socket[] = [];
  const closing: (() => Promise<void>)[] = [];
  after(() => sockets.forEach((socket) => socket.close()));
  after(() => Promise.all(closing.map((close) => close())));

  const connect = async (id: string, transports: ('websocket' | 'polling')[]): Promise<Socket> => {
    const token = await tokenOf({ role: 'admin' });
    const socket = io(`${fleet.process(id).url}${REALTIME_NAMESPACE}`, {
      auth: { token },
      transports,
      reconnection: false,
    });
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', resolve);
      socket.on('connect_error', reject);
    });
    return socket;
  };

  it('tell every client the same messages under the same numbers, over WebSocket, long polling and from one to the other', async () => {
    const silent = { info() {}, warn() {}, error() {}, debug() {} };
    const bus = MessageBus.connect({ url: fleet.servers.natsUrl, name: 'test', logger: silent });
    closing.push(() => bus.close());
    await bus.connected();
    await roomsAreOpen(fleet.process('a'), fleet.process('b'));
    await isRead(bus.requireSession().manager, 'circuits.changed', { durable: 'rooms_circuits_changed' });
    const clients = [
      { id: 'a', transports: ['websocket' as const] },
      { id: 'b', transports: ['websocket' as const] },
      { id: 'a', transports: ['polling' as const] },
      { id: 'b', transports: ['polling' as const, 'websocket' as const] },
    ];
    const received: RoomMessage[][] = clients.map(() => []);
    for (const [n, { id, transports }] of clients.entries()) {
      const socket = await connect(id, transports);
      // How much of the room a message covers is the client's own: elsewhere something else may have been overtaken.
      socket.on('circuit_changed', ({ coversFrom: _own, ...message }: RoomMessage) => {
        received[n]?.push(message);
      });
      const rooms = ['api_status_updates'];
      const answer = (await socket.emitWithAck('subscribe', { rooms })) as SubscribeAnswer;
      assert.ok(answer.rooms.api_status_updates?.joined, JSON.stringify(answer));
    }
    for (let n = 0; n < 20; n++) {
      await bus.publish('circuits.changed', 'stripe', {
        eventId: `circuit-${n}`,
        occurredAt: '2026-11-21T10:00:00.000Z',
        serviceName: 'stripe',
        nodeId: 'stripe_primary_us_east',
        from: 'closed',
        to: 'open',
        reason: `change ${n}`,
        openUntil: null,
        replicaId: 'test',
      });
    }
    const [first, ...others] = received;
    await eventually(() => assert.equal(first?.length, 20));
    await eventually(() => others.forEach((other) => assert.deepEqual(other, first)));
    assert.deepEqual(
      first?.map(({ reason }) => reason),
      Array.from({ length: 20 }, (_, n) => `change ${n}`),
    );
    const seqs = first?.map(({ seq }) => seq) ?? [];
    assert.ok(
      seqs.every((seq, index) => index === 0 || seq > seqs[index - 1]!),
      seqs.join(' '),
    );
  });
});
