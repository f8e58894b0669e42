import type { ConnectionClosing, Room } from '@signalbox/contracts';
import type { Socket } from 'socket.io';
import type { DrainTurns, Ready } from './drain-turns.js';
import { packetOf, type EncodedMessage, type Packet } from './encoded-message.js';
import { OutgoingQueue, type QueueBounds } from './outgoing-queue.js';

/** With the two bursts in the engine's hands, a stalled client costs at most 2 MB. */
const QUEUE_BOUNDS: QueueBounds = { coalesceFromBytes: 256 * 1024, maxBytes: 1_800_000 };
/** Handed to the engine at a time: enough for few turns, little to hold for a client that stopped. */
const BURST_BYTES = 16 * 1024;
/** Time for the closing message to leave before the connection is cut. */
const CLOSE_AFTER_MS = 1_000;

export interface LinkCounts {
  delivered: number;
  coalesced: number;
  tooSlow: number;
}

/**
 * Writes to one client no faster than it reads: the engine holds at most one burst, the rest waits in a bounded
 * queue, where critical messages overtake.
 */
export class ClientLink implements Ready {
  private readonly queue = new OutgoingQueue<EncodedMessage>(QUEUE_BOUNDS);
  private closing = false;
  private readonly drained = () => {
    if (!this.queue.isEmpty) this.turns.add(this, this.queue.isUrgent);
  };

  constructor(
    private readonly socket: Socket,
    private readonly counts: LinkCounts,
    private readonly turns: DrainTurns,
  ) {
    socket.conn.on('drain', this.drained);
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
    if (this.queue.isEmpty && this.isClear()) {
      this.write(message.packetFor(this.queue.pass(message, early), 0));
      this.counts.delivered += 1;
      return;
    }
    if (this.queue.push(message, early)) {
      if (message.message.priority === 'critical') this.turns.hurry(this);
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
    this.write(packetOf('connection_closing', reason));
    setTimeout(() => cut(this.socket), CLOSE_AFTER_MS).unref();
  }

  /** The connection is gone. */
  detach(): void {
    this.closing = true;
    this.socket.conn.off('drain', this.drained);
  }

  /**
   * One burst, unless the engine still holds the one before: it says `drain` when it has let go of that. Critical messages
   * are a burst of their own: other clients' wait behind it.
   */
  pump(): number {
    if (!this.isClear()) return 0;
    let count = 0;
    const { isUrgent } = this.queue;
    for (let bytes = 0; !this.closing && bytes < BURST_BYTES; count++) {
      if (isUrgent && !this.queue.isUrgent) break;
      const next = this.queue.take();
      if (next === undefined) break;
      this.write(next.item.packetFor(next.coversFrom, next.coalesced));
      this.counts.coalesced += next.coalesced;
      bytes += next.item.bytes;
    }
    this.counts.delivered += count;
    return count;
  }

  /**
   * The engine flushes what it holds when the kernel took what it was given before, and says `drain` as it does; of an
   * empty buffer it says nothing. Whatever waits here waits for that, or for the turn that came of it.
   */
  private isClear(): boolean {
    return bufferedPackets(this.socket.conn) === 0;
  }

  private write({ text, options }: Packet): void {
    engineOf(this.socket).writeToEngine(text, options);
  }
}

/** Without the closing handshake, which a client that does not read would never answer. */
function cut(socket: Socket): void {
  const { socket: webSocket } = socket.conn.transport as unknown as { socket?: { terminate?(): void } };
  socket.disconnect(true);
  webSocket?.terminate?.();
}

/** The parts of Socket.IO's server that its own adapter uses and its typings leave out. */
interface EngineWriter {
  writeToEngine(packet: string, options: object): void;
}

function engineOf(socket: Socket): EngineWriter {
  return socket.client as unknown as EngineWriter;
}

function bufferedPackets(conn: Socket['conn']): number {
  return (conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length;
}
