import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { Kvm, type KV, type KvEntry } from '@nats-io/kv';
import type { BusSession, Sessions } from './bus-session.js';
import { BucketWatch, type BucketEntry, type WatchListener } from './bucket-watch.js';
import type { MessagingLogger } from './logger.js';
import { messageOf, unavailable } from './unavailable.js';
import { unlessAborted } from './waiting.js';

export interface BucketOptions {
  /** Entries older than this vanish, without a word to watchers. Absent: they stay. */
  ttlMs?: number;
  /** Disk reserved for the bucket; 16 MiB by default. */
  maxBytes?: number;
}

/** What became of a compare-and-set. To lose one is an ordinary answer, not an error. */
export type CasResult = { won: true; revision: number } | { won: false };

const DEFAULT_MAX_BYTES = 16 * 1024 ** 2;

/**
 * A key-value bucket of JSON values that all replicas share. Keys are letters, digits and `-/_=.`; a dot separates
 * tokens, as in subjects. Every call rejects with DEPENDENCY_UNAVAILABLE while NATS is away.
 */
export class KeyValueBucket<T> {
  private opened: { session: BusSession; store: Promise<KV> } | undefined;

  constructor(
    private readonly bus: Sessions,
    readonly name: string,
    private readonly options: BucketOptions,
    private readonly logger: MessagingLogger,
  ) {}

  /** Null when the key is absent or deleted. */
  async get(key: string): Promise<BucketEntry<T> | null> {
    const entry = await this.attempt((store) => store.get(key));
    return entry && isLive(entry) ? { value: entry.json<T>(), revision: entry.revision } : null;
  }

  async put(key: string, value: T): Promise<number> {
    return this.attempt((store) => store.put(key, JSON.stringify(value)));
  }

  /** Wins for exactly one caller while the key is absent or deleted. */
  create(key: string, value: T): Promise<CasResult> {
    return this.contest((store) => store.create(key, JSON.stringify(value)));
  }

  /** Wins when nobody changed the key since `expectedRevision`. */
  update(key: string, value: T, expectedRevision: number): Promise<CasResult> {
    return this.contest((store) => store.update(key, JSON.stringify(value), expectedRevision));
  }

  async delete(key: string): Promise<void> {
    await this.attempt((store) => store.delete(key));
  }

  /** Deletes what the caller last saw, and nothing newer: how a lease is given back. True when it did. */
  async deleteIf(key: string, expectedRevision: number): Promise<boolean> {
    const result = await this.contest(async (store) => {
      await store.delete(key, { previousSeq: expectedRevision });
      return expectedRevision;
    });
    return result.won;
  }

  /** The live keys, unordered; `filter` may hold wildcards as in subjects. */
  async keys(filter = '>'): Promise<string[]> {
    return this.attempt(async (store) => {
      const keys: string[] = [];
      for await (const key of await store.keys(filter)) keys.push(key);
      return keys;
    });
  }

  /**
   * Tells every entry there is, then `initialised` once, then every change, in order. Survives reconnects and
   * restarts of the server: what changed or vanished meanwhile is told then; what did not is not repeated.
   */
  watch(listener: WatchListener<T>, filter = '>'): BucketWatch<T> {
    const open = (session: BusSession) => this.open(session);
    const revisionOf = async (session: BusSession, key: string) => {
      const entry = await (await open(session)).get(key);
      return entry && isLive(entry) ? entry.revision : null;
    };
    return new BucketWatch(this.bus, { name: this.name, filter, open, revisionOf }, listener, this.logger);
  }

  /** Creates the bucket if need be; once per session. */
  private async open(session: BusSession): Promise<KV> {
    if (this.opened?.session !== session) {
      const store = new Kvm(session.jetstream).create(this.name, {
        history: 1,
        max_bytes: this.options.maxBytes ?? DEFAULT_MAX_BYTES,
        ...(this.options.ttlMs !== undefined && { ttl: this.options.ttlMs }),
      });
      const opened = { session, store };
      this.opened = opened;
      store.catch(() => {
        if (this.opened === opened) this.opened = undefined;
      });
    }
    return this.opened.store;
  }

  private async attempt<R>(action: (store: KV) => Promise<R>): Promise<R> {
    const session = this.bus.requireSession();
    try {
      return await unlessAborted(this.open(session).then(action), session.ended);
    } catch (error) {
      throw this.mapped(error);
    }
  }

  private async contest(action: (store: KV) => Promise<number>): Promise<CasResult> {
    const session = this.bus.requireSession();
    try {
      return { won: true, revision: await unlessAborted(this.open(session).then(action), session.ended) };
    } catch (error) {
      if (isConflict(error)) return { won: false };
      throw this.mapped(error);
    }
  }

  /** A key that NATS refuses is a mistake of the caller; everything else is NATS not answering. */
  private mapped(error: unknown): unknown {
    if (messageOf(error).startsWith('invalid key')) return error;
    return unavailable(`the bucket ${this.name} did not answer`, error);
  }
}

function isLive(entry: KvEntry): boolean {
  return entry.operation === 'PUT';
}

function isConflict(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}
