import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  REALTIME_NAMESPACE,
  failure,
  SignalboxError,
  type Room,
  type RoomAnswer,
} from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';
import { Server, type Socket } from 'socket.io';
import { withPages } from './support/clients.js';

const JOINED: RoomAnswer = { joined: true, epoch: 'one', seq: 0, recovered: null };
const LATER: RoomAnswer = { joined: false, reason: 'unavailable', message: 'The message bus is away' };
const BROKEN = failure(new SignalboxError('INTERNAL', 'Something went wrong'), 'c-1');

/** A gateway that answers as it is told to: what ours does once in a while. */
describe('the browser client', () => {
  const http = createServer();
  const gateway = new Server(http, { transports: ['websocket'] });
  let url: string;
  let asked: Room[][];
  let answer: (rooms: Room[], times: number) => unknown;
  /** Sent right behind the next answer. */
  let behindAnswer: (() => void) | undefined;
  const connected = new Set<Socket>();
  after(() => gateway.close());
  const open = withPages();

  before(async () => {
    gateway.of(REALTIME_NAMESPACE).on('connection', (socket) => {
      connected.add(socket);
      socket.on('disconnect', () => connected.delete(socket));
      socket.on('subscribe', ({ rooms }: { rooms: Room[] }, acknowledge: (answer: unknown) => void) => {
        asked.push(rooms);
        void Promise.resolve(answer(rooms, asked.length)).then((given) => {
          acknowledge(given);
          behindAnswer?.();
        });
      });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
    behindAnswer = undefined;
    answer = (rooms) => all(rooms, JOINED);
  });

  const all = (rooms: Room[], one: RoomAnswer) => ({
    rooms: Object.fromEntries(rooms.map((room) => [room, one])),
  });
  const say = (room: Room, seq: number) => {
    const timestamp = new Date().toISOString();
    const message = {
      room,
      seq,
      epoch: 'one',
      priority: 'normal',
      eventType: 'coordination_event',
      timestamp,
    };
    for (const socket of connected) socket.emit('coordination_event', message);
  };

  it('asks again when the gateway failed, and takes no room for refused', async () => {
    answer = (rooms, times) => (times === 1 ? BROKEN : all(rooms, JOINED));
    const page = open(url, ['coordination', 'agents']);
    await eventually(() => assert.equal(page.client.state.state, 'live'));
    assert.deepEqual(page.refused, []);
    assert.equal(asked.length, 2);
    page.client.close();
  });

  it('takes a request that the gateway does not understand for refused', async () => {
    answer = () => failure(new SignalboxError('VALIDATION_FAILED', 'rooms.0: no such room'), 'c-2');
    const page = open(url, ['coordination']);
    await eventually(() => assert.deepEqual(page.refused, [['coordination', 'rooms.0: no such room']]));
    assert.equal(asked.length, 1);
    page.client.close();
  });

  it('tries again when there was no token to be had', async () => {
    let times = 0;
    const token = (): Promise<string> => {
      if (++times === 1) throw new Error('the identity provider is away');
      return times === 2 ? Promise.reject(new Error('it is still away')) : Promise.resolve('a token');
    };
    const page = open(url, ['coordination'], { role: 'admin', token });
    await eventually(() => assert.equal(page.client.state.state, 'live'));
    assert.equal(times, 3);
    page.client.close();
  });

  it('forgets none of the rooms that open later, each at its time, and is live when all are', async () => {
    let unavailable = new Set<Room>(['agents']);
    answer = (rooms) => ({
      rooms: Object.fromEntries(rooms.map((room) => [room, unavailable.has(room) ? LATER : JOINED])),
    });
    const page = open(url, ['coordination', 'agents']);
    await eventually(() => assert.equal(page.joined.length, 1));
    // A gap in the room that is open, at a time at which it cannot be told either.
    unavailable = new Set(['agents', 'coordination']);
    say('coordination', 5);
    await eventually(() => assert.ok(asked.some((rooms) => rooms.join() === 'coordination')));
    unavailable = new Set(['agents']);
    await eventually(() => assert.equal(page.joined.length, 2));
    assert.notEqual(page.client.state.state, 'live');
    unavailable = new Set();
    await eventually(() => assert.equal(page.client.state.state, 'live'));
    assert.deepEqual(page.joined.map(([room]) => room).sort(), ['agents', 'coordination', 'coordination']);
    page.client.close();
  });

  it('shows what comes right behind the answer that it joined by', async () => {
    behindAnswer = () => say('coordination', 1);
    const page = open(url, ['coordination']);
    await eventually(() =>
      assert.deepEqual(
        page.messages.map(({ seq }) => seq),
        [1],
      ),
    );
    assert.equal(page.joined.length, 1, 'it had no reason to ask again');
    page.client.close();
  });

  it('is not live before the last of its rooms has opened, whichever is answered first', async () => {
    let openAgents: (answer: unknown) => void = () => undefined;
    const held = new Promise((resolve) => (openAgents = resolve));
    answer = (rooms, times) => {
      if (times === 1) return { rooms: { coordination: JOINED, agents: LATER } };
      return rooms.includes('agents') ? held : all(rooms, JOINED);
    };
    const page = open(url, ['coordination', 'agents']);
    await eventually(() => assert.equal(asked.length, 2));
    // A gap, and its answer before that of the other room.
    say('coordination', 5);
    await eventually(() => assert.equal(page.joined.length, 2));
    assert.ok(!page.states.includes('live'), page.states.join());
    openAgents(all(['agents'], JOINED));
    await eventually(() => assert.equal(page.client.state.state, 'live'));
    page.client.close();
  });
});
