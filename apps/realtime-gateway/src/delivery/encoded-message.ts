import { REALTIME_NAMESPACE, type RoomMessage } from '@signalbox/contracts';
import { Encoder, PacketType } from 'socket.io-parser';
import * as webSockets from 'ws';
import type { Outgoing } from './outgoing-queue.js';

interface FrameMaker {
  frame?(data: Buffer, options: object): Buffer[];
}

const encoder = new Encoder();
/** The typings leave it out. Taken by its name: as a property of `WebSocket` it is there only once Socket.IO is loaded. */
const frameMaker = (webSockets as unknown as { Sender?: FrameMaker }).Sender;

/** Made once and written to every connection. */
export interface Packet {
  /** The Socket.IO packet, for clients that poll. */
  readonly text: string;
  /** The same as a WebSocket text frame, where the WebSocket library makes such. */
  readonly frame: Buffer | undefined;
}

/** A message encoded once for all connections. */
export class EncodedMessage implements Outgoing {
  readonly packet: Packet;
  readonly bytes: number;

  constructor(readonly message: RoomMessage) {
    this.packet = packetOf(message.eventType, message);
    this.bytes = Buffer.byteLength(this.packet.text);
  }

  /** The shared packet in the ordinary case, one of its own when the client must be told what it stands for. */
  packetFor(coversFrom: number, coalesced: number): Packet {
    if (coversFrom === this.message.seq && coalesced === 0) return this.packet;
    const told = coalesced === 0 ? { coversFrom } : { coversFrom, coalesced };
    return packetOf(this.message.eventType, { ...this.message, ...told });
  }
}

export function packetOf(event: string, body: object): Packet {
  const packet = { type: PacketType.EVENT, nsp: REALTIME_NAMESPACE, data: [event, body] };
  const [text] = encoder.encode(packet) as unknown[];
  if (typeof text !== 'string') throw new Error('a room message is JSON: it has no binary part');
  return { text, frame: frameOf(text) };
}

/** Header and payload in one piece: two would be gathered by the kernel again for every connection. */
function frameOf(text: string): Buffer | undefined {
  // "4" is Engine.IO's packet type "message".
  const parts = frameMaker?.frame?.(Buffer.from(`4${text}`), {
    readOnly: false,
    mask: false,
    rsv1: false,
    opcode: 1,
    fin: true,
  });
  return parts && Buffer.concat(parts);
}
