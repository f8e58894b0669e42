import { isUnavailable } from './transport.js';

export interface ReportCounts {
  /** Waiting or on their way. */
  queued: number;
  delivered: number;
  /** Given up because the buffer was full or the client closed: the oldest first. */
  dropped: number;
  /** Refused by Signalbox for what they say or who sent them. */
  refused: number;
}

export interface ReportQueueOptions<T> {
  /** Most that wait; what is on its way comes on top. */
  capacity: number;
  /** Deliveries under way at once. */
  lanes: number;
  deliver: (item: T) => Promise<void>;
  /** Told of each item that will never arrive. */
  onLost: (item: T, error: Error) => void;
}

/**
 * Carries reports to Signalbox behind the caller's back: bounded, pipelined, patient. The newest reports are
 * worth most to a router, so a full buffer forgets the oldest. While Signalbox is away a single report is tried
 * at growing intervals, and the rest follow when it gets through.
 */
export class ReportQueue<T> {
  private readonly waiting: T[] = [];
  private inFlight = 0;
  private pauseMs = 0;
  private pauseTimer: NodeJS.Timeout | undefined;
  private closed = false;
  private idleWaiters: (() => void)[] = [];
  private readonly totals = { delivered: 0, dropped: 0, refused: 0 };

  constructor(private readonly options: ReportQueueOptions<T>) {}

  push(item: T): void {
    if (this.closed) return this.drop(item, CLOSED);
    this.waiting.push(item);
    this.trim();
    this.pump();
  }

  counts(): ReportCounts {
    return { queued: this.waiting.length + this.inFlight, ...this.totals };
  }

  /** Resolves true once nothing waits and nothing is under way, false when that takes longer than `timeoutMs`. */
  async flush(timeoutMs: number): Promise<boolean> {
    if (this.isIdle()) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      this.idleWaiters.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** Flushes, then gives up what is left. */
  async close(timeoutMs: number): Promise<void> {
    await this.flush(timeoutMs);
    this.closed = true;
    clearTimeout(this.pauseTimer);
    for (const item of this.waiting.splice(0)) this.drop(item, CLOSED);
  }

  private pump(): void {
    while (this.pauseTimer === undefined && this.inFlight < this.openLanes()) {
      const item = this.waiting.shift();
      if (item === undefined) break;
      this.inFlight += 1;
      void this.deliver(item);
    }
    if (this.isIdle()) for (const wake of this.idleWaiters.splice(0)) wake();
  }

  private async deliver(item: T): Promise<void> {
    try {
      await this.options.deliver(item);
      this.totals.delivered += 1;
      this.pauseMs = 0;
    } catch (error) {
      this.failed(item, error as Error);
    } finally {
      this.inFlight -= 1;
      this.pump();
    }
  }

  private failed(item: T, error: Error): void {
    // INTERNAL is about this report, not about Signalbox being away: trying it for ever would block the others.
    if (!isUnavailable(error) || error.code === 'INTERNAL') {
      this.totals.refused += 1;
      this.options.onLost(item, error);
      return;
    }
    if (this.closed) return this.drop(item, CLOSED);
    this.waiting.unshift(item);
    this.trim();
    this.pause((error.retryAfterSeconds ?? 0) * 1000);
  }

  /** Doubles from 100 ms to 5 s, or as long as Signalbox asked for. */
  private pause(askedMs: number): void {
    if (this.pauseTimer !== undefined) return;
    this.pauseMs = Math.min(Math.max(this.pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    this.pauseTimer = setTimeout(
      () => {
        this.pauseTimer = undefined;
        this.pump();
      },
      Math.max(this.pauseMs, askedMs),
    ).unref();
  }

  private openLanes(): number {
    return this.pauseMs === 0 ? this.options.lanes : 1;
  }

  private trim(): void {
    while (this.waiting.length > this.options.capacity)
      this.drop(this.waiting.shift()!, 'the buffer is full');
  }

  private drop(item: T, why: string): void {
    this.totals.dropped += 1;
    this.options.onLost(item, new Error(`report dropped: ${why}`));
  }

  private isIdle(): boolean {
    return this.waiting.length === 0 && this.inFlight === 0;
  }
}

const CLOSED = 'the client was closed';
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
