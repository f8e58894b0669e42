import { setMaxListeners } from 'node:events';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { nuid, type NatsConnection } from '@nats-io/transport-node';
import { SignalboxError, subjectOf, type EventMap, type Fact, type ServiceName } from '@signalbox/contracts';
import type { BusSession, Sessions } from './bus-session.js';
import { CoreSubscriptions, type CoreMessage, type CoreSubscription } from './core-messages.js';
import { KeyValueBucket, type BucketOptions } from './key-value-bucket.js';
import type { MessagingLogger } from './logger.js';
import { NatsLink } from './nats-link.js';
import { headersOf, Outbox, OUTBOX_BOUNDS, type OutboxCounts } from './outbox.js';
import type { OutboxBounds } from './outbox-queue.js';
import { doubling, inTime, pause, unlessAborted } from './waiting.js';
import { ensureStreams, type StreamBoundsOverrides } from './streams.js';
import { messageOf, unavailable } from './unavailable.js';

export interface MessageBusOptions {
  /** `nats://[user:password@]host:port`, or `tls://…`; several separated by commas. */
  url: string;
  /** The process as the server's connection list shows it. */
  name: string;
  logger: MessagingLogger;
  /** Where the shipped bounds of the streams do not fit. */
  streams?: StreamBoundsOverrides;
  outbox?: Partial<OutboxBounds>;
}

export type BusState = 'connected' | 'disconnected';

export interface PublishOptions {
  /** What JetStream deduplicates by; the payload's eventId when absent. */
  msgId?: string;
  correlationId?: string;
}

export interface PostOptions extends PublishOptions {
  /** Called once when JetStream has it: whoever keeps it elsewhere may let go of it. Never, when it was dropped. */
  onStored?: () => void;
}

/** The service that a fact is about; undefined for those about none in particular. */
export type ScopeOf<F extends Fact> = EventMap[F] extends { serviceName: ServiceName }
  ? ServiceName
  : undefined;

/** How long an acknowledged publish may take: ten times the slowest disk seen, a tenth of a caller's patience. */
const PUBLISH_TIMEOUT_MS = 2_000;
/** NATS's own default, used until a server has told its. */
const DEFAULT_MAX_PAYLOAD_BYTES = 1024 ** 2;
/** Headers count toward the server's bound: message id, correlation id and what NATS adds. */
const HEADER_ALLOWANCE_BYTES = 1_024;

/**
 * The process's way to NATS: typed facts through JetStream, core messages, requests, key-value buckets. It never
 * throws because NATS is away: it says so in `state`, and whatever can wait, waits.
 */
export class MessageBus implements Sessions {
  private readonly link: NatsLink;
  private readonly outbox: Outbox;
  private readonly subscriptions: CoreSubscriptions;
  private readonly buckets = new Map<string, KeyValueBucket<unknown>>();
  private readonly sessionListeners = new Set<(session: BusSession) => void>();
  private readonly stateListeners = new Set<(state: BusState) => void>();
  private session: BusSession | undefined;
  private sessionEnd = new AbortController();
  private closed = false;

  /** Returns at once; connects in the background and reconnects for ever. */
  static connect(options: MessageBusOptions): MessageBus {
    return new MessageBus(options);
  }

  private constructor(private readonly options: MessageBusOptions) {
    this.outbox = new Outbox({ ...OUTBOX_BOUNDS, ...options.outbox }, options.logger);
    this.subscriptions = new CoreSubscriptions(options.logger);
    this.link = new NatsLink(options, {
      up: (connection) => void this.beginSession(connection),
      down: () => this.endSession(),
    });
  }

  /** `connected` when the server answers and the streams are in place. */
  get state(): BusState {
    return this.session ? 'connected' : 'disconnected';
  }

  get outboxCounts(): OutboxCounts {
    return this.outbox.counts;
  }

  /** Returns what stops it. */
  onStateChange(listener: (state: BusState) => void): () => void {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  }

  onSession(listener: (session: BusSession) => void): () => void {
    this.sessionListeners.add(listener);
    if (this.session) listener(this.session);
    return () => this.sessionListeners.delete(listener);
  }

  /** Resolves when the bus is connected. */
  async connected(): Promise<void> {
    if (this.session) return;
    await new Promise<void>((resolve) => {
      const stop = this.onSession(() => {
        stop();
        resolve();
      });
    });
  }

  /**
   * Publishes and waits until JetStream has stored it. `duplicate` when the stream had this message id already.
   * Rejects with DEPENDENCY_UNAVAILABLE when NATS is away or does not answer in 2 s (the message may be stored all
   * the same: publish again under the same id), with BODY_TOO_LARGE when the server would refuse the size.
   */
  async publish<F extends Fact>(
    fact: F,
    service: ScopeOf<F>,
    payload: EventMap[F],
    options: PublishOptions = {},
  ): Promise<{ duplicate: boolean; seq: number }> {
    return this.publishTo(
      subjectOf(fact, service),
      payload,
      options.msgId ?? payload.eventId,
      options.correlationId,
    );
  }

  /**
   * Puts a fact in the outbox and returns: it is sent in the background, across outages, until JetStream has it or
   * the outbox overflows (`outboxCounts`; the class in outbox-queue.ts says what goes first). A payload beyond the
   * server's size bound is logged and counted as dropped.
   */
  post<F extends Fact>(fact: F, service: ScopeOf<F>, payload: EventMap[F], options: PostOptions = {}): void {
    const { msgId = payload.eventId, ...rest } = options;
    this.postText(fact, service, JSON.stringify(payload), { msgId, ...rest });
  }

  /** As `post`, for whoever has the payload's JSON text at hand. */
  postText<F extends Fact>(
    fact: F,
    service: ScopeOf<F>,
    text: string,
    { msgId, correlationId, onStored }: PostOptions & { msgId: string },
  ): void {
    this.outbox.post({
      fact,
      subject: subjectOf(fact, service),
      data: Buffer.from(text),
      msgId,
      correlationId,
      postedAtMs: Date.now(),
      onStored,
    });
  }

  /** Publishes to any durable subject and waits for the stream; for what is not a fact, like a dead letter. */
  async publishTo(
    subject: string,
    payload: object,
    msgId: string,
    correlationId?: string,
  ): Promise<{ duplicate: boolean; seq: number }> {
    const data = this.encoded(payload);
    const session = this.requireSession();
    try {
      const headers = headersOf(msgId, correlationId);
      const publishing = session.jetstream.publish(subject, data, { headers, timeout: PUBLISH_TIMEOUT_MS });
      const ack = await unlessAborted(publishing, session.ended);
      return { duplicate: ack.duplicate, seq: ack.seq };
    } catch (error) {
      throw unavailable('the event could not be stored by the message bus', error);
    }
  }

  /** To whoever listens now; silently to nobody while NATS is away. Bytes go as they are, an object as JSON. */
  publishCore(subject: string, payload: Uint8Array | object): void {
    this.session?.connection.publish(subject, this.encoded(payload));
  }

  /** Works before the first connection too. A handler that throws is logged. Returns what ends it. */
  subscribeCore(
    subject: string,
    handler: (message: CoreMessage) => void | Promise<void>,
    options: { queue?: string } = {},
  ): () => Promise<void> {
    return this.subscribe({ subject, queue: options.queue, handler });
  }

  /** As {@link subscribeCore}, with the raw message, whose reply subject a responder needs. */
  subscribe(subscription: CoreSubscription): () => Promise<void> {
    return this.subscriptions.add(subscription);
  }

  /** Asks and resolves with the answer's JSON. DEPENDENCY_UNAVAILABLE when nobody answers in time. */
  async request<T = unknown>(
    subject: string,
    payload: object,
    options: { timeoutMs: number; correlationId?: string },
  ): Promise<T> {
    const data = this.encoded(payload);
    const { connection, ended } = this.requireSession();
    try {
      const headers = headersOf(nuid.next(), options.correlationId);
      const asking = connection.request(subject, data, { timeout: options.timeoutMs, headers });
      return (await unlessAborted(asking, ended)).json<T>();
    } catch (error) {
      throw unavailable(`no answer from ${subject}`, error);
    }
  }

  /** The bucket of that name, created on the server when first connected. The first call decides its options. */
  bucket<T>(name: string, options: BucketOptions = {}): KeyValueBucket<T> {
    let bucket = this.buckets.get(name);
    if (!bucket) {
      bucket = new KeyValueBucket(this, name, options, this.options.logger);
      this.buckets.set(name, bucket);
    }
    return bucket as KeyValueBucket<T>;
  }

  requireSession(): BusSession {
    if (!this.session) throw unavailable('the message bus is not connected');
    return this.session;
  }

  /** Sends what the outbox holds, for at most `deadlineMs`, then closes the connection. */
  async close(deadlineMs = 5_000): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.outbox.drain(deadlineMs);
    const { queued } = this.outbox.counts;
    if (queued > 0) this.options.logger.error({ queued }, 'messages were left in the outbox at shutdown');
    const { connection } = this.link;
    if (this.session && connection) await inTime(connection.flush(), 1_000).catch(() => undefined);
    this.endSession();
    await this.link.close();
  }

  private async beginSession(connection: NatsConnection): Promise<void> {
    this.endSession();
    const end = (this.sessionEnd = new AbortController());
    setMaxListeners(0, end.signal);
    this.subscriptions.attach(connection);
    const manager = await this.managerWithStreams(connection, end.signal);
    if (!manager || end.signal.aborted) return;
    this.session = { connection, jetstream: jetstream(connection), manager, ended: end.signal };
    this.outbox.start(connection);
    for (const listener of [...this.sessionListeners]) listener(this.session);
    this.tell('connected');
  }

  /** Undefined when the connection is lost before the streams are in place. */
  private async managerWithStreams(
    connection: NatsConnection,
    ended: AbortSignal,
  ): Promise<JetStreamManager | undefined> {
    for (let attempt = 0; !ended.aborted; attempt++) {
      try {
        const manager = await jetstreamManager(connection, { checkAPI: false });
        await ensureStreams(manager, this.options.streams ?? {});
        return manager;
      } catch (error) {
        this.options.logger.error(
          { reason: messageOf(error) },
          'the streams could not be set up; trying again',
        );
        await pause(doubling(500, 10_000, attempt), ended);
      }
    }
    return undefined;
  }

  private endSession(): void {
    this.sessionEnd.abort();
    if (!this.session) return;
    this.session = undefined;
    this.outbox.stop();
    this.tell('disconnected');
  }

  private tell(state: BusState): void {
    for (const listener of [...this.stateListeners]) listener(state);
  }

  private encoded(payload: Uint8Array | object): Uint8Array {
    const data = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
    const maxBytes =
      (this.link.connection?.info?.max_payload ?? DEFAULT_MAX_PAYLOAD_BYTES) - HEADER_ALLOWANCE_BYTES;
    if (data.length <= maxBytes) return data;
    throw new SignalboxError(
      'BODY_TOO_LARGE',
      `the message has ${data.length} bytes, the bus takes ${maxBytes}`,
      {
        bytes: data.length,
        maxBytes,
      },
    );
  }
}
