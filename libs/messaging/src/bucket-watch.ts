import { DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import type { BusSession, Sessions } from './bus-session.js';
import type { MessagingLogger } from './logger.js';
import { pulling } from './pulling.js';
import { doubling, pause, unlessAborted } from './waiting.js';
import { messageOf } from './unavailable.js';

export interface BucketEntry<T> {
  value: T;
  /** Rises with every change of any key of the bucket; what a later compare-and-set expects. */
  revision: number;
}

/** The bucket as a watch sees it. */
export interface WatchedBucket {
  readonly name: string;
  /** Wildcards as in subjects. */
  readonly filter: string;
  /** Creates the bucket if need be. */
  open(session: BusSession): Promise<unknown>;
  /** The revision of the key's live entry; null when there is none. */
  revisionOf(session: BusSession, key: string): Promise<number | null>;
}

/** `entry` is null when the key was deleted or has vanished. */
export type WatchListener<T> = (key: string, entry: BucketEntry<T> | null) => void;

/**
 * Follows a bucket across sessions. Each session reads the last value of every key anew, so that nothing hangs on
 * a consumer that the server may have forgotten; what the listener knows already is left out.
 */
export class BucketWatch<T> {
  /** Resolves when the listener has been told all that the bucket held when first reached. */
  readonly initialised: Promise<void>;
  private markInitialised: () => void = () => undefined;
  private readonly known = new Map<string, number>();
  private readonly stopped = new AbortController();
  private readonly detach: () => void;

  constructor(
    bus: Sessions,
    private readonly bucket: WatchedBucket,
    private readonly listener: WatchListener<T>,
    private readonly logger: MessagingLogger,
  ) {
    this.initialised = new Promise((resolve) => (this.markInitialised = resolve));
    this.detach = bus.onSession((session) => void this.follow(session));
  }

  stop(): void {
    this.stopped.abort();
    this.detach();
  }

  private async follow(session: BusSession): Promise<void> {
    const over = AbortSignal.any([session.ended, this.stopped.signal]);
    for (let attempt = 0; !over.aborted; attempt++) {
      try {
        await this.read(session, over);
      } catch (error) {
        this.logger.warn({ bucket: this.bucket.name, reason: messageOf(error) }, 'a watch was interrupted');
      }
      await pause(doubling(100, 5_000, attempt), over);
    }
  }

  private async read(session: BusSession, over: AbortSignal): Promise<void> {
    const prefix = `$KV.${this.bucket.name}.`;
    await unlessAborted(this.bucket.open(session), over);
    const opening = session.jetstream.consumers.get(`KV_${this.bucket.name}`, {
      filter_subjects: `${prefix}${this.bucket.filter}`,
      deliver_policy: DeliverPolicy.LastPerSubject,
    });
    const consumer = await unlessAborted(opening, over);
    let left = (await consumer.info(true)).num_pending;
    const seen = new Set<string>();
    const messages = await consumer.consume(pulling(256));
    const close = () => void messages.close();
    const complete = () => this.complete(session, seen, over);
    over.addEventListener('abort', close);
    try {
      if (over.aborted) return close();
      if (left === 0) await complete();
      for await (const message of messages) {
        if (over.aborted) break;
        const key = message.subject.slice(prefix.length);
        seen.add(key);
        this.tell(key, message);
        // A key that changes while the last values are read is counted once, at its new place: at the latest the
        // message with nothing behind it ends the first reading.
        if (left > 0 && (--left === 0 || message.info.pending === 0)) {
          left = 0;
          await complete();
        }
      }
    } finally {
      over.removeEventListener('abort', close);
    }
  }

  private tell(key: string, message: JsMsg): void {
    const revision = message.seq;
    const known = this.known.get(key);
    if (known === revision) return;
    if (message.headers?.get('KV-Operation')) {
      if (this.known.delete(key)) this.inform(key, null);
      return;
    }
    this.known.set(key, revision);
    let value: T;
    try {
      value = message.json<T>();
    } catch (error) {
      this.logger.error({ bucket: this.bucket.name, key, reason: messageOf(error) }, 'an entry is not JSON');
      return;
    }
    this.inform(key, { value, revision });
  }

  /**
   * All last values are read: a key that is known and was not among them has vanished. Or it was written anew in the
   * middle of that: the old value is gone from the list then, and the new one comes behind it.
   */
  private async complete(session: BusSession, seen: ReadonlySet<string>, over: AbortSignal): Promise<void> {
    const missing = [...this.known].filter(([key]) => !seen.has(key));
    const asking = Promise.all(missing.map(([key]) => this.bucket.revisionOf(session, key)));
    const revisions = await unlessAborted(asking, over);
    for (const [index, [key, revision]] of missing.entries()) {
      const now = revisions[index];
      if (now !== null && now !== revision) continue;
      this.known.delete(key);
      this.inform(key, null);
    }
    this.markInitialised();
  }

  private inform(key: string, entry: BucketEntry<T> | null): void {
    try {
      this.listener(key, entry);
    } catch (error) {
      this.logger.error(
        { bucket: this.bucket.name, key, reason: messageOf(error) },
        'a watch listener failed',
      );
    }
  }
}
