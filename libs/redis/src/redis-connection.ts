import { SignalboxError } from '@signalbox/contracts';
import { Redis } from 'ioredis';
import type { RedisLogger } from './logger.js';

export interface RedisConnectionOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://…`. */
  url: string;
  /** Shown by CLIENT LIST. */
  name: string;
  logger: RedisLogger;
  /** Commands that take longer are not waited for; 250 ms by default, since limits are asked within a request. */
  commandTimeoutMs?: number;
}

export type RedisState = 'connected' | 'disconnected';

/** Commands that take this long are not waited for unless said otherwise: limits are asked within a request. */
const COMMAND_TIMEOUT_MS = 250;
/** After a timeout Redis is taken for absent this long, so that a frozen one does not slow down every request. */
const REST_AFTER_TIMEOUT_MS = 1_000;

/**
 * One connection to Redis that is made in the background, comes back by itself, and refuses commands at once while
 * it is away: nothing is queued, since a limit that is answered late is of no use.
 */
export class RedisConnection {
  private readonly client: Redis;
  private readonly commandTimeoutMs: number;
  private readonly listeners = new Set<(state: RedisState) => void>();
  private told: RedisState = 'disconnected';
  /** By how long somebody waits: what is too late for a limit may be in time for who has more patience. */
  private readonly restUntilMs = new Map<number, number>();

  /** Returns at once; connects in the background and reconnects for ever. */
  static connect(options: RedisConnectionOptions): RedisConnection {
    return new RedisConnection(options);
  }

  private constructor(options: RedisConnectionOptions) {
    const { logger, commandTimeoutMs = COMMAND_TIMEOUT_MS } = options;
    this.commandTimeoutMs = commandTimeoutMs;
    this.client = new Redis(options.url, {
      connectionName: options.name,
      lazyConnect: true,
      connectTimeout: 2_000,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      // Commands of one turn of the event loop travel together: the claims of a burst cost one round trip.
      enableAutoPipelining: true,
      retryStrategy: (attempt) => Math.min(2_000, 100 * 2 ** Math.min(attempt - 1, 5)),
    });
    let reported = '';
    this.client.on('error', (error: Error) => {
      if (error.message === reported) return;
      reported = error.message;
      logger.warn({ reason: error.message }, 'Redis cannot be reached; trying for as long as it takes');
    });
    this.client.on('ready', () => {
      reported = '';
      this.restUntilMs.clear();
      logger.info({}, 'connected to Redis');
      this.tell('connected');
    });
    this.client.on('close', () => this.tell('disconnected'));
    this.client.connect().catch(() => undefined);
  }

  get state(): RedisState {
    return this.client.status === 'ready' ? 'connected' : 'disconnected';
  }

  /** Connected, and answering lately. */
  get isAvailable(): boolean {
    return this.isAvailableFor(this.commandTimeoutMs);
  }

  /** As `isAvailable`, for who waits for `run` so long. */
  isAvailableFor(patienceMs: number): boolean {
    const restUntilMs = this.restUntilMs.get(this.timeoutOf(patienceMs)) ?? 0;
    return this.client.status === 'ready' && Date.now() >= restUntilMs;
  }

  /** Returns what stops it. */
  onStateChange(listener: (state: RedisState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * For scripts, which are named at the client before its first command: those that travel with it are gathered by an
   * object that knows the names of when it was made, and one that it does not know fails the whole process.
   */
  define(scripts: (client: Redis) => void): void {
    scripts(this.client);
  }

  /**
   * Runs commands. Rejects with DEPENDENCY_UNAVAILABLE, and at once when Redis is away. Where being late is better than
   * going without, `patienceMs` says for how long.
   */
  async run<T>(commands: (client: Redis) => Promise<T>, patienceMs = 0): Promise<T> {
    if (!this.isAvailableFor(patienceMs)) throw unavailable();
    const timeoutMs = this.timeoutOf(patienceMs);
    try {
      const answer = await inTime(commands(this.client), timeoutMs);
      if (answer !== LATE) return answer;
    } catch (error) {
      throw unavailable(error);
    }
    this.restUntilMs.set(timeoutMs, Date.now() + REST_AFTER_TIMEOUT_MS);
    throw unavailable(new Error(`no answer within ${timeoutMs} ms`));
  }

  async close(): Promise<void> {
    this.listeners.clear();
    if (this.client.status === 'ready') await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }

  private timeoutOf(patienceMs: number): number {
    return Math.max(patienceMs, this.commandTimeoutMs);
  }

  private tell(state: RedisState): void {
    if (this.told === state) return;
    this.told = state;
    for (const listener of [...this.listeners]) listener(state);
  }
}

const LATE = Symbol('late');
const TIMEOUT_PARTS = 10;

/**
 * What the commands answer, or LATE. Ten short waits and not one long: a pause of this process lasts through one of
 * them, however long it is, and must not pass for Redis being away. A replica that thinks so claims for itself what
 * another one holds.
 */
async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    let parts = 0;
    timer = setInterval(() => {
      if (++parts === TIMEOUT_PARTS) resolve(LATE);
    }, timeoutMs / TIMEOUT_PARTS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearInterval(timer);
  }
}

function unavailable(cause?: unknown): SignalboxError {
  const error = new SignalboxError('DEPENDENCY_UNAVAILABLE', 'Redis is not available', {
    dependency: 'redis',
  });
  if (cause !== undefined) error.cause = cause;
  return error;
}
