import type { MessageBus, BucketWatch } from '@signalbox/messaging';
import type { ChangedBy, Database } from '@signalbox/persistence';
import type { Rounds } from '../schedule/rounds.js';
import type { Schedule } from '../schedule/schedule.js';

/** Who the audit names for what ships. */
const FIRST_START: ChangedBy = { actor: 'signalbox', role: 'service', correlationId: 'first-start' };
/** A change must be live on every replica within a second, also while NATS is away. */
const POLL_MS = 1_000;
/** For what the bucket was never told: a process may die between its commit and the news of it. */
const REREAD_MS = 30_000;

/** Versions of configuration: where they are kept and told, and who goes by them. */
export interface VersionSource<V> {
  /** What it is, for the log and the metric: "the catalog". */
  name: string;
  /** The KV bucket that every replica watches, and the keys in it. */
  bucket: string;
  keys?: string;
  /** Writes what ships into PostgreSQL where nothing is yet. */
  seed(by: ChangedBy): Promise<unknown>;
  load(): Promise<readonly V[]>;
  /** Makes a version live here unless a newer one is. */
  take(version: V): void;
  /** The same of one from the bucket, which a replica of another release may have written. */
  takeShared(value: unknown): void;
  /** Copies a version into the bucket unless a newer one is there. Never rejects; false when it is not there yet. */
  share(version: V): Promise<boolean>;
  /** Whether the bucket lacks a version that was written here since this was asked last. */
  takeUnshared(): boolean;
}

export interface VersionFeedParts {
  bus: MessageBus;
  database: Database;
  schedule: Schedule;
}

/**
 * Keeps what is live on this replica current. PostgreSQL is the truth; every version is copied into a KV bucket that
 * all replicas watch, so that a change arrives in milliseconds and a replica can start while PostgreSQL is down.
 * PostgreSQL is asked once a second until all that it has is in the bucket: while NATS is down, and once after that.
 */
export class VersionFeed<V> {
  private readonly rounds: Rounds;
  private watch: BucketWatch<unknown> | undefined;
  private isSeeded = false;
  /** The bucket may lack what PostgreSQL has, or this replica what both have. */
  private isBehind = true;
  private readAtMs = 0;

  constructor(
    private readonly source: VersionSource<V>,
    private readonly parts: VersionFeedParts,
  ) {
    this.rounds = parts.schedule.every({
      work: `Reading of ${source.name}`,
      everyMs: POLL_MS,
      isReady: () => this.isDue(),
      round: () => this.round(),
      meanwhile: 'The last known version holds, where there is one; is PostgreSQL up?',
    });
  }

  /** Resolves when PostgreSQL was asked once, whatever it said. */
  async start(): Promise<void> {
    const { bucket, keys } = this.source;
    this.watch = this.parts.bus.bucket(bucket).watch((_key, entry) => {
      if (entry !== null) this.source.takeShared(entry.value);
    }, keys);
    await this.rounds.now();
  }

  stop(): void {
    this.watch?.stop();
  }

  private isDue(): boolean {
    const { bus, database } = this.parts;
    if (bus.state !== 'connected' || this.source.takeUnshared()) this.isBehind = true;
    if (this.isBehind) return true;
    return database.state === 'connected' && performance.now() - this.readAtMs >= REREAD_MS;
  }

  private async round(): Promise<void> {
    const wasBehind = this.isBehind;
    // What fails from here on makes it true again.
    this.isBehind = false;
    this.readAtMs = performance.now();
    try {
      if (!(await this.read())) this.isBehind = true;
    } catch (error) {
      this.isBehind ||= wasBehind;
      throw error;
    }
  }

  /** False when the bucket still lacks something of what was read. */
  private async read(): Promise<boolean> {
    const { source, parts } = this;
    if (!this.isSeeded) {
      await parts.database.migrate();
      await source.seed(FIRST_START);
      this.isSeeded = true;
    }
    const versions = await source.load();
    for (const version of versions) source.take(version);
    if (parts.bus.state !== 'connected') return false;
    return (await Promise.all(versions.map((version) => source.share(version)))).every(Boolean);
  }
}
