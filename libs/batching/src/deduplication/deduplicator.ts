import type { DeduplicationKey } from './key.js';

/** Requests that are the same inside a minute are made once. */
export const DEDUPLICATION_WINDOW_MS = 60_000;

export type Offered<Result> =
  /** Nobody asks for this: make the request and `settle` it. */
  | { readonly kind: 'first' }
  /** `leaderId` has asked already and is waiting: the result will be everybody's. */
  | { readonly kind: 'shared'; readonly leaderId: string }
  /** It was answered inside the window. */
  | { readonly kind: 'answered'; readonly leaderId: string; readonly result: Result }
  /** The idempotency key was used for another body. */
  | { readonly kind: 'conflict'; readonly leaderId: string }
  /** No room to remember it: a read may go on alone, a write must not. */
  | { readonly kind: 'full' };

interface Entry<Result> {
  readonly leaderId: string;
  readonly fingerprint: string;
  readonly offeredAtMs: number;
  waiters: string[];
  answer: { readonly result: Result } | null;
}

/**
 * Which requests are the same, and who waits for whose answer. The window counts from the first: an answer is never
 * older than that. A request still on the way when its window ends is shared on, for making it a second time beside
 * itself helps nobody.
 */
export class Deduplicator<Result> {
  /** In the order in which they were offered. */
  readonly #entries = new Map<string, Entry<Result>>();

  constructor(
    private readonly maxEntries: number,
    private readonly windowMs = DEDUPLICATION_WINDOW_MS,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  offer({ key, fingerprint }: DeduplicationKey, id: string, nowMs: number): Offered<Result> {
    this.#expire(nowMs);
    const known = this.#entries.get(key);
    if (known !== undefined && !this.#over(known, nowMs)) {
      const { leaderId } = known;
      if (known.fingerprint !== fingerprint) return { kind: 'conflict', leaderId };
      if (known.answer !== null) return { kind: 'answered', leaderId, result: known.answer.result };
      if (known.waiters.length >= this.maxEntries) return { kind: 'full' };
      known.waiters.push(id);
      return { kind: 'shared', leaderId };
    }
    if (known === undefined && this.#entries.size >= this.maxEntries && !this.#makeRoom())
      return { kind: 'full' };
    this.#entries.delete(key);
    this.#entries.set(key, { leaderId: id, fingerprint, offeredAtMs: nowMs, waiters: [], answer: null });
    return { kind: 'first' };
  }

  /**
   * The answer to what `leaderId` asked: returns who waited for it, each to be given the same. `keep` is false for
   * a failure: the next to ask may try again.
   */
  settle(key: string, leaderId: string, result: Result, keep: boolean): string[] {
    const known = this.#entries.get(key);
    if (known === undefined || known.leaderId !== leaderId) return [];
    const { waiters } = known;
    known.waiters = [];
    if (keep) known.answer = { result };
    else this.#entries.delete(key);
    return waiters;
  }

  #over(entry: Entry<Result>, nowMs: number): boolean {
    return entry.answer !== null && nowMs - entry.offeredAtMs >= this.windowMs;
  }

  /** Those in front are the oldest; one that is not over ends the sweep unless it is only late. */
  #expire(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      if (nowMs - entry.offeredAtMs < this.windowMs) return;
      if (entry.answer !== null) this.#entries.delete(key);
    }
  }

  /** The oldest answer gives way: it was only a convenience. Nobody who waits is ever forgotten. */
  #makeRoom(): boolean {
    for (const [key, entry] of this.#entries) {
      if (entry.answer === null) continue;
      this.#entries.delete(key);
      return true;
    }
    return false;
  }
}
