import type { MessagePriority, RealtimeEventType, Room, ServiceName } from '@signalbox/contracts';
import { EncodedMessage } from '../delivery/encoded-message.js';

/** What a gateway keeps at hand of a room: enough for a client that reconnects after a restart of another gateway. */
const RECENT_MESSAGES = 1_000;
const RECENT_BYTES = 2 * 1024 ** 2;

/** A message as the room's stream holds it; the stream adds the number. */
export interface StoredMessage {
  priority: MessagePriority;
  eventType: RealtimeEventType;
  timestamp: string;
  serviceName?: ServiceName;
  [field: string]: unknown;
}

/**
 * One room as this gateway has read it: where it stands, and its newest messages. Numbers rise by one within an
 * epoch, so that whoever holds one knows whether something is missing.
 */
export class RoomFeed {
  private recent: EncodedMessage[] = [];
  private recentBytes = 0;
  private position: { epoch: string; seq: number } | null = null;

  constructor(readonly room: Room) {}

  /** Null before the room's stream was read for the first time. */
  get at(): { epoch: string; seq: number } | null {
    return this.position;
  }

  /** Begins to read at `seq`, or reads on where it was when the epoch is the same. The seq to read from. */
  resume(epoch: string, seq: number): number {
    if (this.position?.epoch !== epoch) {
      this.position = { epoch, seq };
      this.recent = [];
      this.recentBytes = 0;
    }
    return this.position.seq + 1;
  }

  /** Undefined for a message that was read before. */
  take(seq: number, stored: StoredMessage): EncodedMessage | undefined {
    if (this.position === null || seq <= this.position.seq) return undefined;
    this.position.seq = seq;
    const message = numbered(this.room, this.position.epoch, seq, stored);
    this.recent.push(message);
    this.recentBytes += message.bytes;
    while (this.recent.length > RECENT_MESSAGES || this.recentBytes > RECENT_BYTES) {
      this.recentBytes -= this.recent.shift()?.bytes ?? 0;
    }
    return message;
  }

  /** The messages after `seq` that are at hand; `from` is the number before the first of them. */
  since(seq: number): { from: number; messages: EncodedMessage[] } {
    const messages = this.recent.filter(({ message }) => message.seq > seq);
    const first = messages[0]?.message.seq ?? (this.position?.seq ?? 0) + 1;
    return { from: first - 1, messages };
  }
}

/** A stored message with its place in the room. */
export function numbered(room: Room, epoch: string, seq: number, stored: StoredMessage): EncodedMessage {
  const { priority, eventType, timestamp, ...payload } = stored;
  return new EncodedMessage({ room, seq, epoch, priority, eventType, timestamp, ...payload });
}
