import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ConsumerMessages } from '@nats-io/jetstream';
import { ROOMS, type Room } from '@signalbox/contracts';
import { MessageBus, type BusSession } from '@signalbox/messaging';
import type { EncodedMessage } from '../delivery/encoded-message.js';
import { RoomFeed, numbered, type StoredMessage } from './room-feed.js';
import { ensureRoomStream, epochOf, readingFrom, streamNameOf, subjectOfRoom } from './room-stream.js';

/** A client that missed more than this is better served by a snapshot. */
export const MAX_CATCH_UP_MESSAGES = 1_000;
const CATCH_UP_TIMEOUT_MS = 5_000;
const RETRY_MS = 500;

/** Returns a promise when it has enough: of when to read on. */
export type RoomListener = (message: EncodedMessage) => Promise<void> | undefined;

/**
 * The rooms' messages, durable in JetStream: whichever gateway appends one, every gateway reads it with the same
 * number. So a client may come back to any of them, also after its own was killed.
 */
@Injectable()
export class Rooms implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Rooms.name);
  private readonly feeds = new Map<Room, RoomFeed>(ROOMS.map((room) => [room, new RoomFeed(room)]));
  private readonly listeners: RoomListener[] = [];
  private readonly stopping = new AbortController();
  private detach: () => void = () => undefined;

  constructor(private readonly bus: MessageBus) {}

  onApplicationBootstrap(): void {
    this.detach = this.bus.onSession((session) => {
      for (const room of ROOMS) void this.follow(room, session);
    });
  }

  beforeApplicationShutdown(): void {
    this.detach();
    this.stopping.abort();
  }

  /** Called with every message of every room, in the order of its number within the room. */
  onMessage(listener: RoomListener): void {
    this.listeners.push(listener);
  }

  /** Where the room stands; null while it was never read. */
  at(room: Room): { epoch: string; seq: number } | null {
    return this.feed(room).at;
  }

  /**
   * Stores a message, once for each `id`. Resolves when it is durable; it reaches this gateway's clients as those of
   * any other, by being read. Rejects with DEPENDENCY_UNAVAILABLE while NATS is away.
   */
  async append(room: Room, id: string, message: StoredMessage): Promise<void> {
    await this.bus.publishTo(subjectOfRoom(room), message, id);
  }

  /**
   * What a client has not seen that saw the room up to `seq`, complete and in order; null when that cannot be had:
   * another epoch, too old, too much.
   */
  async missed(room: Room, seen: { epoch: string; seq: number }): Promise<EncodedMessage[] | null> {
    const feed = this.feed(room);
    const { at } = feed;
    if (at === null || at.epoch !== seen.epoch || seen.seq > at.seq) return null;
    if (at.seq - seen.seq > MAX_CATCH_UP_MESSAGES) return null;
    const older = feed.since(seen.seq).from > seen.seq ? await this.stored(room, seen) : [];
    if (older === null || feed.at?.epoch !== seen.epoch) return null;
    // Read again after waiting: more may have come, and nothing may be missing in between.
    const upTo = older.at(-1)?.message.seq ?? seen.seq;
    const { from, messages } = feed.since(upTo);
    return from > upTo ? null : [...older, ...messages];
  }

  /** What is at hand of the room after `seq`. */
  recentAfter(room: Room, seq: number): EncodedMessage[] {
    return this.feed(room).since(seq).messages;
  }

  private feed(room: Room): RoomFeed {
    const feed = this.feeds.get(room);
    if (feed === undefined) throw new Error(`there is no room ${room}`);
    return feed;
  }

  /** The messages after `seen` that the stream still has, as far as this gateway has read; null when some are gone. */
  private async stored(room: Room, seen: { epoch: string; seq: number }): Promise<EncodedMessage[] | null> {
    const last = this.feed(room).at?.seq ?? seen.seq;
    const messages: EncodedMessage[] = [];
    try {
      const { jetstream } = this.bus.requireSession();
      const consumer = await jetstream.consumers.get(streamNameOf(room), readingFrom(seen.seq + 1));
      const fetched = await consumer.fetch({
        max_messages: last - seen.seq,
        expires: CATCH_UP_TIMEOUT_MS,
      });
      for await (const message of fetched) {
        if (message.seq !== seen.seq + messages.length + 1) return null;
        messages.push(numbered(room, seen.epoch, message.seq, message.json<StoredMessage>()));
        if (message.seq === last) break;
      }
    } catch (error) {
      this.logger.warn(
        `What a client missed of ${room} could not be read: ${String(error)}. It gets a snapshot.`,
      );
      return null;
    }
    return messages.length === last - seen.seq ? messages : null;
  }

  private async follow(room: Room, session: BusSession): Promise<void> {
    const over = AbortSignal.any([session.ended, this.stopping.signal]);
    while (!over.aborted) {
      try {
        await this.read(room, session, over);
      } catch (error) {
        if (!over.aborted)
          this.logger.warn(`The room ${room} cannot be read, trying again: ${String(error)}`);
      }
      if (!over.aborted) await pause(RETRY_MS, over);
    }
  }

  private async read(room: Room, session: BusSession, over: AbortSignal): Promise<void> {
    const info = await ensureRoomStream(session.manager, room);
    const from = this.feed(room).resume(epochOf(info), info.state.last_seq);
    const consumer = await session.jetstream.consumers.get(streamNameOf(room), readingFrom(from));
    const messages = await consumer.consume({ max_messages: 256 });
    const stop = () => void messages.close();
    over.addEventListener('abort', stop, { once: true });
    try {
      await this.takeAll(room, messages);
    } finally {
      over.removeEventListener('abort', stop);
      await messages.close();
    }
  }

  private async takeAll(room: Room, messages: ConsumerMessages): Promise<void> {
    for await (const stored of messages) {
      const message = this.feed(room).take(stored.seq, stored.json<StoredMessage>());
      if (message === undefined) continue;
      for (const tell of this.listeners) {
        const full = tell(message);
        if (full !== undefined) await full;
      }
    }
  }
}

function pause(ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    until.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      until.removeEventListener('abort', done);
      resolve();
    }
  });
}
