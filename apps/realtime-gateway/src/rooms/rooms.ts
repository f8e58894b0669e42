import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ConsumerMessages, StreamInfo } from '@nats-io/jetstream';
import { ROOMS, type Room } from '@signalbox/contracts';
import { MessageBus, type BusSession } from '@signalbox/messaging';
import type { EncodedMessage } from '../delivery/encoded-message.js';
import { RoomFeed } from './room-feed.js';
import {
  READING,
  ensureRoomStream,
  epochOf,
  readingFrom,
  recentStartOf,
  streamNameOf,
  subjectOfRoom,
} from './room-stream.js';
import type { StoredMessage } from './stored-message.js';

/** Of the messages from before a start: waited out only where the last of them is gone meanwhile. */
const HISTORY_TIMEOUT_MS = 30_000;
const RETRY_MS = 500;
const decoder = new TextDecoder();

/** Returns a promise when it has enough: of when to read on. */
export type RoomListener = (message: EncodedMessage) => Promise<void> | undefined;
/** The room's messages up to `seq` were gone before they were read. */
export type HoleListener = (room: Room, seq: number) => void;

/**
 * The rooms' messages, durable in JetStream: whichever gateway appends one, every gateway reads it with the same
 * number. So a client may come back to any of them, also after its own was killed.
 */
@Injectable()
export class Rooms implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Rooms.name);
  private readonly feeds = new Map<Room, RoomFeed>(ROOMS.map((room) => [room, new RoomFeed(room)]));
  private readonly listeners: RoomListener[] = [];
  private readonly holeListeners: HoleListener[] = [];
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

  /** Called before the message after the hole. */
  onHole(listener: HoleListener): void {
    this.holeListeners.push(listener);
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

  /** What the room told after `seq`, complete and in order; null when that is not at hand: too old, or too much. */
  since(room: Room, { epoch, seq }: { epoch: string; seq: number }): EncodedMessage[] | null {
    const feed = this.feed(room);
    return feed.at?.epoch === epoch ? feed.since(seq) : null;
  }

  /**
   * Whether somebody who was told of the room up to `seq` knows more of it than this gateway: another one was faster. It
   * catches up in a moment, or when NATS is back. False for what the room's stream does not hold either.
   */
  async isBehind(room: Room, { epoch, seq }: { epoch: string; seq: number }): Promise<boolean> {
    const { at } = this.feed(room);
    if (at?.epoch !== epoch || seq <= at.seq) return false;
    try {
      const info = await this.bus.requireSession().manager.streams.info(streamNameOf(room));
      return epochOf(info) === epoch && info.state.last_seq >= seq;
    } catch {
      // Nobody can say: what the client holds is believed until NATS answers.
      return true;
    }
  }

  private feed(room: Room): RoomFeed {
    const feed = this.feeds.get(room);
    if (feed === undefined) throw new Error(`there is no room ${room}`);
    return feed;
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
    await this.begin(room, session, info);
    const from = (this.feed(room).at?.seq ?? info.state.last_seq) + 1;
    const consumer = await session.jetstream.consumers.get(streamNameOf(room), readingFrom(from));
    const messages = await consumer.consume(READING);
    const stop = () => void messages.close();
    over.addEventListener('abort', stop, { once: true });
    try {
      await this.takeAll(room, messages);
    } finally {
      over.removeEventListener('abort', stop);
      await messages.close();
    }
  }

  /** Where to read: on, in an epoch that is known; with what clients may have missed, after a start. */
  private async begin(room: Room, session: BusSession, info: StreamInfo): Promise<void> {
    const feed = this.feed(room);
    const epoch = epochOf(info);
    const { last_seq: last } = info.state;
    if (feed.at?.epoch === epoch) return;
    if (feed.at !== null) {
      this.logger.warn(`The room ${room} begins anew: its stream was made again`);
      // The last message of the new epoch, if there is one, tells those who are here that theirs is over.
      feed.begin(epoch, Math.max(0, last - 1));
      return;
    }
    const history = new RoomFeed(room);
    const start = recentStartOf(info);
    history.begin(epoch, start);
    try {
      if (start < last) await this.recall(history, last, session);
    } catch (error) {
      this.logger.warn(`What ${room} told before is not at hand: ${String(error)}`);
    }
    // The next session reads it after all, and may have done so by now.
    if (session.ended.aborted) throw new Error('NATS went away while it was read');
    if (history.at?.seq !== last) history.begin(epoch, last);
    this.feeds.set(room, history);
  }

  /** Reads up to `last`. */
  private async recall(feed: RoomFeed, last: number, { jetstream }: BusSession): Promise<void> {
    const start = feed.at?.seq ?? 0;
    const consumer = await jetstream.consumers.get(streamNameOf(feed.room), readingFrom(start + 1));
    const stored = await consumer.fetch({ max_messages: last - start, expires: HISTORY_TIMEOUT_MS });
    for await (const { seq, data } of stored) {
      if (seq > last) break;
      feed.take(seq, decoder.decode(data));
      if (seq === last) break;
    }
  }

  private async takeAll(room: Room, messages: ConsumerMessages): Promise<void> {
    for await (const { seq, data } of messages) {
      const taken = this.feed(room).take(seq, decoder.decode(data));
      if (taken === undefined) continue;
      if (taken.isAfterHole) {
        this.logger.warn(`Messages of ${room} before ${seq} were gone before they were read`);
        for (const tell of this.holeListeners) tell(room, seq - 1);
      }
      if (taken.message === null) this.logger.warn(`What ${room} holds as ${seq} is no message: passed over`);
      else await this.tell(taken.message);
    }
  }

  private async tell(message: EncodedMessage): Promise<void> {
    for (const listener of this.listeners) {
      const full = listener(message);
      if (full !== undefined) await full;
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
