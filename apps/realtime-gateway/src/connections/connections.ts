import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ROOMS, type ConnectionClosing, type Room } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { RevokedTokens, mayTouch, type Caller, type Verified } from '@signalbox/platform';
import { LatencySketch, type Clock } from '@signalbox/statistics';
import type { Socket } from 'socket.io';
import { dashboardFor } from '../dashboard/dashboard-audience.js';
import { ClientLink, type LinkCounts } from '../delivery/client-link.js';
import { DeliveryTurns } from '../delivery/delivery-turns.js';
import type { EncodedMessage } from '../delivery/encoded-message.js';
import { Rooms } from '../rooms/rooms.js';

const EXPIRY_CHECK_MS = 1_000;
const REVOKED: ConnectionClosing = {
  code: 'token_revoked',
  message: 'The token was revoked. Only another one is taken.',
};

/** One client, and what it may see. */
export interface Connection {
  readonly socketId: string;
  readonly caller: Caller;
  /** What it connected with: ends, or is revoked, while it is connected. */
  readonly token: Verified;
  readonly link: ClientLink;
  readonly rooms: Set<Room>;
  readonly connectedAtMs: number;
}

interface Place {
  readonly epoch: string;
  readonly seq: number;
}

/** The clients of this gateway, by the rooms they are in. */
@Injectable()
export class Connections implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly counts: LinkCounts & { recovered: number; notRecovered: number } = {
    delivered: 0,
    coalesced: 0,
    tooSlow: 0,
    recovered: 0,
    notRecovered: 0,
  };
  private readonly latency = new LatencySketch();
  private readonly bySocket = new Map<string, Connection>();
  /** With where the room stood when it was joined: what was read by then has been sent, or was not asked for. */
  private readonly members = new Map<Room, Map<Connection, Place>>(ROOMS.map((room) => [room, new Map()]));
  private readonly turns = new DeliveryTurns<EncodedMessage>((message, early) =>
    this.deliver(message, early),
  );
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly rooms: Rooms,
    private readonly revoked: RevokedTokens,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    rooms.onMessage((message) => this.turns.take(message));
    rooms.onHole((room, seq) => this.tellOfHole(room, seq));
    revoked.onAdded(() => this.endRevoked());
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.endExpired(), EXPIRY_CHECK_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.closeAll(
      { code: 'shutting_down', message: 'This gateway is stopping. Connect again: another one carries on.' },
      () => true,
    );
  }

  get size(): number {
    return this.bySocket.size;
  }

  membersOf(room: Room): number {
    return this.members.get(room)?.size ?? 0;
  }

  all(): IterableIterator<Connection> {
    return this.bySocket.values();
  }

  add(socket: Socket, token: Verified): Connection {
    const connection: Connection = {
      socketId: socket.id,
      caller: token.caller,
      token,
      link: new ClientLink(socket, this.counts, this.turns),
      rooms: new Set(),
      connectedAtMs: this.clock.nowMs(),
    };
    this.bySocket.set(socket.id, connection);
    // It may have been revoked between the handshake and now.
    if (this.revoked.covers(token)) connection.link.close(REVOKED);
    return connection;
  }

  find(socket: Socket): Connection | undefined {
    return this.bySocket.get(socket.id);
  }

  remove(socket: Socket): void {
    const connection = this.bySocket.get(socket.id);
    if (connection === undefined) return;
    connection.link.detach();
    for (const room of connection.rooms) this.members.get(room)?.delete(connection);
    this.bySocket.delete(socket.id);
  }

  /** From now on the connection gets the room's messages after `seq`, beginning with all that were read so far. */
  join(connection: Connection, room: Room, seq: number, missed: readonly EncodedMessage[] = []): void {
    // It may have gone while what it missed was found out.
    if (!this.bySocket.has(connection.socketId)) return;
    // A client that asks again gets all that is missing from here: what still waits for it would come twice.
    if (connection.rooms.has(room)) connection.link.end(room);
    connection.link.begin(room, seq);
    connection.rooms.add(room);
    const place = this.rooms.at(room);
    if (place !== null) this.members.get(room)?.set(connection, { ...place });
    for (const message of missed) this.deliverTo(connection, message);
  }

  leave(connection: Connection, room: Room): void {
    connection.rooms.delete(room);
    this.members.get(room)?.delete(connection);
    connection.link.end(room);
  }

  /** Ends those that it is true of. */
  closeAll(reason: ConnectionClosing, of: (connection: Connection) => boolean): void {
    for (const connection of this.bySocket.values()) if (of(connection)) connection.link.close(reason);
  }

  /** From event to hand-over, of the messages that somebody here was told. */
  latencyMs(): { p50: number | null; p95: number | null; p99: number | null } {
    const at = (quantile: number) => this.latency.quantile(quantile);
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }

  /** What waits for clients that read slowly. */
  queuedBytes(): { total: number; largest: number } {
    let total = 0;
    let largest = 0;
    for (const { link } of this.bySocket.values()) {
      total += link.queuedBytes;
      largest = Math.max(largest, link.queuedBytes);
    }
    return { total, largest };
  }

  /** What comes next covers nothing before it: the client sees that something is missing, and subscribes again. */
  private tellOfHole(room: Room, seq: number): void {
    for (const { link } of this.members.get(room)?.keys() ?? []) link.begin(room, seq);
  }

  private deliver(message: EncodedMessage, early: boolean): void {
    const { room, epoch, seq, timestamp } = message.message;
    const members = this.members.get(room);
    if (members === undefined || members.size === 0) return;
    this.latency.add(Math.max(0, this.clock.nowMs() - Date.parse(timestamp)));
    for (const [connection, joinedAt] of members) {
      if (seq > joinedAt.seq || epoch !== joinedAt.epoch) this.deliverTo(connection, message, early);
    }
  }

  private deliverTo({ caller, link }: Connection, message: EncodedMessage, early = false): void {
    const { serviceName, eventType } = message.message;
    if (serviceName !== undefined && !mayTouch(caller, serviceName)) return;
    const shown = eventType === 'dashboard_update' ? dashboardFor(caller, message) : message;
    if (shown !== undefined) link.send(shown, early);
  }

  private endExpired(): void {
    const nowMs = this.clock.nowMs();
    this.closeAll(
      { code: 'token_expired', message: 'The token has expired. Connect again with a new one.' },
      ({ token }) => token.expiresAtMs <= nowMs,
    );
  }

  private endRevoked(): void {
    this.closeAll(REVOKED, ({ token }) => this.revoked.covers(token));
  }
}
