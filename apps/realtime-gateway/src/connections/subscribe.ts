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

/** It comes from a gateway that is ahead: how things stand here would take back what it was told there. */
const BEHIND: RoomAnswer = {
  joined: false,
  reason: 'unavailable',
  message: 'This gateway has not read as far as lastSeen yet. Subscribe again.',
};

/** What a client is sent at once of what it missed: well inside what is kept for it, or it would be cut off as too slow. */
const CATCH_UP_BYTES = 1_200_000;

interface Joining {
  answer: () => RoomAnswer;
  join: () => void;
}
type Prepared = Joining & { room: Room };

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
    const left = { bytes: CATCH_UP_BYTES - connection.link.queuedBytes };
    const joins = await Promise.all(
      [...new Set(rooms)].map((one) => this.prepare(connection, one, lastSeen[one], left)),
    );
    answered({ rooms: Object.fromEntries(joins.map(({ room, answer }) => [room, answer()])) });
    for (const { join } of joins) join();
  }

  /** What has to be waited for comes first: answering and joining are one turn, so that nothing falls in between. */
  private async prepare(
    connection: Connection,
    room: Room,
    seen: { epoch: string; seq: number } | undefined,
    left: { bytes: number },
  ): Promise<Prepared> {
    const refused = this.refusal(connection, room);
    if (refused !== null) return { room, ...without(refused) };
    if (seen === undefined) return { room, ...(await this.fresh(connection, room, null)) };
    if (await this.rooms.isBehind(room, seen)) return { room, ...without(BEHIND) };
    const bytes = this.rooms.since(room, seen)?.reduce((sum, message) => sum + message.bytes, 0) ?? Infinity;
    if (bytes > left.bytes) {
      this.connections.counts.notRecovered += 1;
      return { room, ...(await this.fresh(connection, room, false)) };
    }
    left.bytes -= bytes;
    this.connections.counts.recovered += 1;
    return { room, ...this.resumed(connection, room, seen) };
  }

  /** From where it was, with all that it missed until now. */
  private resumed(connection: Connection, room: Room, seen: { epoch: string; seq: number }): Joining {
    let missed: EncodedMessage[] | null = null;
    return {
      answer: () => {
        missed = this.rooms.since(room, seen);
        return missed === null ? OUTRUN : { joined: true, ...this.place(room), recovered: true };
      },
      join: () => {
        if (missed !== null) this.connections.join(connection, room, seen.seq, missed);
      },
    };
  }

  /** From a snapshot, and what came after it. */
  private async fresh(connection: Connection, room: Room, recovered: false | null): Promise<Joining> {
    const snapshot = await this.snapshots.take(room);
    let since: EncodedMessage[] | null = null;
    return {
      answer: () => {
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

function without(answer: RoomAnswer): Joining {
  return { answer: () => answer, join: () => undefined };
}
