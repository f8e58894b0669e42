import { createInbox, headers, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { CORRELATION_HEADER } from '@signalbox/contracts';
import type { MessagingLogger } from './logger.js';
import { OutboxQueue, type OutboxBounds, type Outgoing } from './outbox-queue.js';
import { messageOf } from './unavailable.js';

export interface OutboxCounts {
  /** Not yet acknowledged by JetStream: waiting or in flight. */
  queued: number;
  /** Let go since the process started, because the outbox was full or the server will never take the message. */
  dropped: number;
  /** Acknowledged since the process started, duplicates included. */
  published: number;
  /** Age of the oldest message that waits; null when none does. */
  oldestMs: number | null;
}

/**
 * 20,000 messages are some 40 s of a replica's decisions at 500/s; 64 MiB is what a small container can spare. A
 * longer outage costs history (the oldest `decisions.made`), never the process.
 */
export const OUTBOX_BOUNDS: OutboxBounds = { maxMessages: 20_000, maxBytes: 64 * 1024 ** 2 };

/** Enough to cover a round trip at 20,000 messages/s; few enough that JetStream answers each in time. */
const MAX_IN_FLIGHT = 2_048;
/** The server answers in well under a second when it answers at all. */
const ACK_TIMEOUT_MS = 5_000;
/** JetStream refused for now (no such stream yet, no space): ask again after this. */
const REFUSED_WAIT_MS = 500;
/** The one refusal that no repetition mends: the message is greater than the stream takes. */
const MESSAGE_EXCEEDS_MAXIMUM = 10_054;

interface InFlight {
  message: Outgoing;
  sentAtMs: number;
}

/**
 * Sends posted messages to JetStream in the background and keeps each until the server says that it is stored.
 * What was in flight when the connection broke is sent again under the same `Nats-Msg-Id`, so that the stream has
 * it once. Acknowledgements come to one inbox with the message's number as its last token, which costs far less
 * than a request of its own for each.
 */
export class Outbox {
  private readonly queue: OutboxQueue;
  private readonly inFlight = new Map<number, InFlight>();
  private readonly inbox = createInbox();
  private connection: NatsConnection | undefined;
  private stopSession: () => void = () => undefined;
  private pumpScheduled = false;
  private holding = false;
  private nextToken = 0;
  private droppedCount = 0;
  private publishedCount = 0;
  private fullReported = false;
  private onEmpty: (() => void) | undefined;

  constructor(
    bounds: OutboxBounds,
    private readonly logger: MessagingLogger,
  ) {
    this.queue = new OutboxQueue(bounds);
  }

  get counts(): OutboxCounts {
    const oldest = this.queue.oldestWaitingMs;
    return {
      queued: this.queue.held,
      dropped: this.droppedCount,
      published: this.publishedCount,
      oldestMs: oldest === null ? null : Math.max(0, Date.now() - oldest),
    };
  }

  post(message: Outgoing): void {
    const dropped = this.queue.push(message);
    if (dropped > 0) {
      if (!this.fullReported)
        this.logger.error({ ...this.counts }, 'the outbox is full: the oldest messages are let go');
      this.fullReported = true;
      this.droppedCount += dropped;
    }
    this.schedulePump();
  }

  /** Begins to send. Called when NATS is connected and its streams exist. */
  start(connection: NatsConnection): void {
    this.connection = connection;
    const acks = connection.subscribe(`${this.inbox}.*`, {
      callback: (_error, ack) => this.acknowledged(ack),
    });
    const sweep = setInterval(() => this.sendAgainWhatTimedOut(), 1_000).unref();
    this.stopSession = () => {
      clearInterval(sweep);
      acks.unsubscribe();
    };
    this.holding = false;
    this.schedulePump();
  }

  /** The connection is gone: what was in flight waits again. */
  stop(): void {
    this.connection = undefined;
    this.stopSession();
    this.queue.putBack([...this.inFlight.values()].map(({ message }) => message));
    this.inFlight.clear();
  }

  /** Resolves when all is stored, or after `deadlineMs` with what is left still held. */
  async drain(deadlineMs: number): Promise<void> {
    if (this.queue.held === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** After the present turn of the event loop, so that whoever posts answers its caller first. */
  private schedulePump(): void {
    if (this.pumpScheduled || !this.connection) return;
    this.pumpScheduled = true;
    setImmediate(() => {
      this.pumpScheduled = false;
      this.pump();
    });
  }

  private pump(): void {
    if (!this.connection || this.holding) return;
    const now = Date.now();
    while (this.inFlight.size < MAX_IN_FLIGHT) {
      const message = this.queue.take();
      if (!message) return;
      this.send(this.connection, message, now);
    }
  }

  private send(connection: NatsConnection, message: Outgoing, now: number): void {
    const token = this.nextToken++;
    try {
      connection.publish(message.subject, message.data, {
        reply: `${this.inbox}.${token}`,
        headers: headersOf(message.msgId, message.correlationId),
      });
      this.inFlight.set(token, { message, sentAtMs: now });
    } catch (error) {
      // The client refuses what the server would never take: an oversized message, an impossible subject.
      this.giveUp(message, messageOf(error));
    }
  }

  private acknowledged(ack: Msg): void {
    const token = Number(ack.subject.slice(this.inbox.length + 1));
    const sent = this.inFlight.get(token);
    if (!sent) return;
    this.inFlight.delete(token);
    const refusal = refusalOf(ack);
    if (refusal === null) {
      this.publishedCount += 1;
      this.settle(sent.message);
      sent.message.onStored?.();
    } else if (refusal.code === MESSAGE_EXCEEDS_MAXIMUM) {
      this.giveUp(sent.message, refusal.reason);
    } else {
      this.hold(refusal.reason);
      this.queue.putBack([sent.message]);
    }
    if (this.queue.hasWaiting) this.schedulePump();
  }

  private hold(reason: string): void {
    if (this.holding) return;
    this.holding = true;
    this.logger.warn({ reason }, 'JetStream does not take messages now; trying again');
    setTimeout(() => {
      this.holding = false;
      this.schedulePump();
    }, REFUSED_WAIT_MS).unref();
  }

  private sendAgainWhatTimedOut(): void {
    const sentBefore = Date.now() - ACK_TIMEOUT_MS;
    const late: Outgoing[] = [];
    for (const [token, { message, sentAtMs }] of this.inFlight) {
      if (sentAtMs > sentBefore) break;
      this.inFlight.delete(token);
      late.push(message);
    }
    this.queue.putBack(late);
    if (late.length > 0) this.schedulePump();
  }

  private giveUp(message: Outgoing, reason: string): void {
    this.logger.error(
      { subject: message.subject, bytes: message.data.length, reason },
      'a message cannot be published',
    );
    this.droppedCount += 1;
    this.settle(message);
  }

  private settle(message: Outgoing): void {
    this.queue.settle(message);
    if (this.queue.held > 0) return;
    this.fullReported = false;
    this.onEmpty?.();
  }
}

/** The headers of a durable message: what JetStream deduplicates by, and what finds its log lines. */
export function headersOf(msgId: string, correlationId: string | undefined): MsgHdrs {
  const all = headers();
  all.set('Nats-Msg-Id', msgId);
  if (correlationId !== undefined) all.set(CORRELATION_HEADER, correlationId);
  return all;
}

const STORED_PREFIX = Buffer.from('{"stream":');

/** Null when the message is stored. Only a refusal pays for parsing. */
function refusalOf(ack: Msg): { code: number; reason: string } | null {
  if (ack.data.length > 0 && STORED_PREFIX.compare(ack.data, 0, STORED_PREFIX.length) === 0) return null;
  if (ack.headers?.hasError) return { code: ack.headers.code, reason: 'no stream takes the subject' };
  const answer = ack.json<{ error?: { err_code?: number; description?: string } }>();
  if (!answer.error) return null;
  return { code: answer.error.err_code ?? 0, reason: answer.error.description ?? 'refused without a reason' };
}
