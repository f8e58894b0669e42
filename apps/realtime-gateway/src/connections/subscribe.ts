import { Injectable } from '@nestjs/common';
import {
  ROOM_ROLES,
  type Room,
  type RoomAnswer,
  type Subscribe,
  type SubscribeAnswer,
} from '@signalbox/contracts';
import type { EncodedMessage } from '../delivery/encoded-message.js';
import { Rooms } from '../rooms/rooms.js';
import { Connections, type Connection } from './connections.js';
import { Snapshots } from './snapshots.js';

/** More came while something was waited for than is kept at hand, or the room began anew. */
const OUTRUN: RoomAnswer = {
  joined: false,
  reason: 'unavailable',
  message: 'The room moved on while its state was found out. Subscribe again.',
};

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
    if (seen === undefined) return { room, ...(await this.fresh(connection, room, null)) };
    const missed = await this.rooms.missed(room, seen);
    if (missed === null) {
      this.connections.counts.notRecovered += 1;
      return { room, ...(await this.fresh(connection, room, false)) };
    }
    this.connections.counts.recovered += 1;
    let complete: EncodedMessage[] | null = null;
    return {
      room,
      answer: () => {
        complete = this.completed(room, seen, missed);
        return complete === null ? OUTRUN : { joined: true, ...this.place(room), recovered: true };
      },
      join: () => {
        if (complete !== null) this.connections.join(connection, room, seen.seq, complete);
      },
    };
  }

  /** From a snapshot, and what came after it. */
  private async fresh(connection: Connection, room: Room, recovered: false | null) {
    const snapshot = await this.snapshots.take(room);
    let since: EncodedMessage[] | null = null;
    return {
      answer: (): RoomAnswer => {
        since = snapshot && this.snapshots.since(room, snapshot);
        if (snapshot === null || since === null) return OUTRUN;
        const { epoch, seq, of } = snapshot;
        return { joined: true, epoch, seq, recovered, snapshot: of(connection.caller) };
      },
      join: () => {
        if (snapshot !== null && since !== null) this.connections.join(connection, room, snapshot.seq, since);
      },
    };
  }

  /** With what was read while other rooms were waited for; null when that was more than is kept at hand. */
  private completed(
    room: Room,
    seen: { epoch: string; seq: number },
    missed: readonly EncodedMessage[],
  ): EncodedMessage[] | null {
    const { epoch, seq } = this.place(room);
    const complete = [...missed, ...this.rooms.recentAfter(room, missed.at(-1)?.message.seq ?? seen.seq)];
    return epoch === seen.epoch && complete.length === seq - seen.seq ? complete : null;
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
