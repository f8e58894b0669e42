import type { ConnectionClosing, Room } from '@signalbox/contracts';
import type { Socket } from 'socket.io';
import type { Ready } from './delivery-turns.js';
import { packetOf, type EncodedMessage, type Packet } from './encoded-message.js';
import { OutgoingQueue, type QueueBounds } from './outgoing-queue.js';
import { Wire } from './wire.js';

/** With the burst that is being written, a stalled client costs at most 2 MB. */
const QUEUE_BOUNDS: QueueBounds = { coalesceFromBytes: 256 * 1024, maxBytes: 1_800_000 };
/** Written at a time: enough for few turns, little to hold for a client that stopped. */
const BURST_BYTES = 16 * 1024;
/** Time for the closing message to leave before the connection is cut. */
const CLOSE_AFTER_MS = 1_000;

export interface LinkCounts {
  delivered: number;
  coalesced: number;
  tooSlow: number;
}

/** Where a connection says that it takes more, and is told when it is its turn. */
export interface Turns {
  ready(connection: Ready): void;
}

/**
 * Writes to one client no faster than it reads: one burst at most is being written, the rest waits in a bounded queue,
 * where critical messages overtake.
 */
export class ClientLink implements Ready {
  private readonly queue = new OutgoingQueue<EncodedMessage>(QUEUE_BOUNDS);
  private readonly wire: Wire;
  stands: Ready['stands'] = null;
  private closing = false;

  constructor(
    private readonly socket: Socket,
    private readonly counts: LinkCounts,
    private readonly turns: Turns,
  ) {
    this.wire = new Wire(socket, () => {
      if (!this.queue.isEmpty) turns.ready(this);
    });
  }

  /** A critical message waits. */
  get isUrgent(): boolean {
    return this.queue.isUrgent;
  }

  /** Bytes that wait for the client here. */
  get queuedBytes(): number {
    return this.queue.bytes;
  }

  begin(room: Room, seq: number): void {
    this.queue.begin(room, seq);
  }

  end(room: Room): void {
    this.queue.end(room);
  }

  /** `early`: older ones of its room are still to come. */
  send(message: EncodedMessage, early = false): void {
    if (this.closing) return;
    if (this.queue.push(message, early)) {
      this.turns.ready(this);
      return;
    }
    this.counts.tooSlow += 1;
    this.close({
      code: 'too_slow',
      message: 'Messages came faster than they were read. Subscribe again with lastSeen to catch up.',
    });
  }

  /** Says why, and ends the connection. */
  close(reason: ConnectionClosing): void {
    if (this.closing) return;
    this.closing = true;
    this.queue.clear();
    this.wire.writeThroughEngine(packetOf('connection_closing', reason));
    setTimeout(() => cut(this.socket), CLOSE_AFTER_MS).unref();
  }

  /** The connection is gone. */
  detach(): void {
    this.closing = true;
    this.wire.detach();
  }

  /**
   * One burst, unless the one before is still being written: the wire says when it is. Critical messages are a burst of
   * their own: other clients' wait behind it.
   */
  pump(): void {
    if (this.closing || !this.wire.isClear) return;
    const { isUrgent } = this.queue;
    let packet = this.next();
    if (packet === undefined) return;
    // The ordinary case: one message, which nothing need be gathered for.
    if (this.queue.isEmpty) return this.wire.write(packet);
    const packets: Packet[] = [];
    for (let bytes = 0; packet !== undefined; packet = this.next()) {
      packets.push(packet);
      bytes += packet.text.length;
      if (bytes >= BURST_BYTES || isUrgent !== this.queue.isUrgent) break;
    }
    this.wire.writeAll(packets);
  }

  private next(): Packet | undefined {
    const next = this.queue.take();
    if (next === undefined) return undefined;
    this.counts.delivered += 1;
    this.counts.coalesced += next.coalesced;
    return next.item.packetFor(next.coversFrom, next.coalesced);
  }
}

/** Without the closing handshake, which a client that does not read would never answer. */
function cut(socket: Socket): void {
  const { socket: webSocket } = socket.conn.transport as unknown as { socket?: { terminate?(): void } };
  socket.disconnect(true);
  webSocket?.terminate?.();
}
