import type { Room } from '@signalbox/contracts';
import type { EncodedMessage } from '../delivery/encoded-message.js';
import { numbered } from './stored-message.js';

/** What a gateway keeps at hand of a room, and a client can catch up on: more is better served by a snapshot. */
export const RECENT_MESSAGES = 1_000;
export const RECENT_BYTES = 2 * 1024 ** 2;

/** What reading on brought: a message, or none; after a hole when numbers are missing before it. */
export interface Taken {
  readonly message: EncodedMessage | null;
  readonly isAfterHole: boolean;
}

/**
 * One room as this gateway has read it: where it stands, and its newest messages. Numbers rise by one within an
 * epoch, so that whoever holds one knows whether something is missing.
 */
export class RoomFeed {
  private recent: EncodedMessage[] = [];
  private recentBytes = 0;
  /** All messages after this one are at hand. */
  private keptAfter = 0;
  private position: { epoch: string; seq: number } | null = null;

  constructor(readonly room: Room) {}

  /** Null before the room's stream was read for the first time. */
  get at(): { epoch: string; seq: number } | null {
    return this.position;
  }

  /** Begins to read after `seq`. */
  begin(epoch: string, seq: number): void {
    this.position = { epoch, seq };
    this.forget(seq);
  }

  /** Undefined for what was read before. What is no message has a number all the same. */
  take(seq: number, text: string): Taken | undefined {
    if (this.position === null || seq <= this.position.seq) return undefined;
    const isAfterHole = seq > this.position.seq + 1;
    if (isAfterHole) this.forget(seq - 1);
    this.position.seq = seq;
    const message = numbered(this.room, this.position.epoch, seq, text);
    if (message !== null) this.keep(message);
    return { message, isAfterHole };
  }

  /** The messages after `seq`, in order; null when they are not all at hand. */
  since(seq: number): EncodedMessage[] | null {
    if (this.position === null || seq < this.keptAfter || seq > this.position.seq) return null;
    return this.recent.filter(({ message }) => message.seq > seq);
  }

  private keep(message: EncodedMessage): void {
    this.recent.push(message);
    this.recentBytes += message.bytes;
    while (this.recent.length > RECENT_MESSAGES || this.recentBytes > RECENT_BYTES) {
      const oldest = this.recent.shift();
      this.recentBytes -= oldest?.bytes ?? 0;
      this.keptAfter = oldest?.message.seq ?? this.keptAfter;
    }
  }

  private forget(upTo: number): void {
    this.recent = [];
    this.recentBytes = 0;
    this.keptAfter = upTo;
  }
}
