import { Injectable } from '@nestjs/common';
import {
  ROOM_ROLES,
  type Room,
  type RoomAnswer,
  type Subscribe,
  type SubscribeAnswer,
} from '@signalbox/contracts';
import { Rooms } from '../rooms/rooms.js';
import { Connections, type Connection } from './connections.js';
import { Snapshots } from './snapshots.js';

/** Lets a client into rooms, from where it left them. */
@Injectable()
export class SubscribeToRooms {
  constructor(
    private readonly rooms: Rooms,
    private readonly connections: Connections,
    private readonly snapshots: Snapshots,
  ) {}

  /** Answers each room for itself; `answered` is called before the first message of any of them is sent. */
  async subscribe(
    connection: Connection,
    { rooms, lastSeen = {} }: Subscribe,
    answered: (answer: SubscribeAnswer) => void,
  ): Promise<void> {
    const joins = await Promise.all(
      [...new Set(rooms)].map((room) => this.prepare(connection, room, lastSeen[room])),
    );
    answered({ rooms: Object.fromEntries(joins.map(({ room, answer }) => [room, answer()])) });
    for (const { join } of joins) join();
  }

  /** What has to be waited for comes first: answering and joining are one turn, so that nothing falls in between. */
  private async prepare(
    connection: Connection,
    room: Room,
    seen: { epoch: string; seq: number } | undefined,
  ): Promise<{ room: Room; answer: () => RoomAnswer; join: () => void }> {
    const refused = this.refusal(connection, room);
    if (refused !== null) return { room, answer: () => refused, join: () => undefined };
    if (seen === undefined) return { room, ...this.fresh(connection, room, null) };
    const missed = await this.rooms.missed(room, seen);
    if (missed === null) {
      this.connections.counts.notRecovered += 1;
      return { room, ...this.fresh(connection, room, false) };
    }
    this.connections.counts.recovered += 1;
    let complete = missed;
    return {
      room,
      answer: () => {
        complete = this.completed(room, seen.seq, missed);
        return { joined: true, ...this.place(room), recovered: true };
      },
      join: () => this.connections.join(connection, room, seen.seq, complete),
    };
  }

  private fresh(connection: Connection, room: Room, recovered: false | null) {
    return {
      answer: (): RoomAnswer => ({
        joined: true,
        ...this.place(room),
        recovered,
        snapshot: this.snapshots.of(room, connection.caller),
      }),
      join: () => this.connections.join(connection, room, this.place(room).seq),
    };
  }

  /** With what was read while other rooms were waited for. */
  private completed(room: Room, seq: number, missed: ReturnType<Rooms['recentAfter']>) {
    return [...missed, ...this.rooms.recentAfter(room, missed.at(-1)?.message.seq ?? seq)];
  }

  private place(room: Room): { epoch: string; seq: number } {
    const at = this.rooms.at(room);
    if (at === null) throw new Error(`the room ${room} was joined before it was read`);
    return { ...at };
  }

  private refusal(connection: Connection, room: Room): RoomAnswer | null {
    if (!ROOM_ROLES[room].includes(connection.caller.role)) {
      const message = `The room ${room} needs one of the roles ${ROOM_ROLES[room].join(', ')}`;
      return { joined: false, reason: 'forbidden', message };
    }
    if (this.rooms.at(room) === null) {
      const message = 'The message bus is away: the room opens when it is back. Subscribe again.';
      return { joined: false, reason: 'unavailable', message };
    }
    return null;
  }
}
