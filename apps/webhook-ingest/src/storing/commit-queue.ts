import { SignalboxError } from '@signalbox/contracts';

export interface CommitBounds {
  /** In one transaction at most; past a thousand or so a larger one saves nothing. */
  maxRows: number;
  /** Waiting at most, beside what is under way: whoever comes later is told to come again. */
  maxWaitingRows: number;
  maxWaitingBytes: number;
}

/** Something that becomes durable whole or not at all. */
export interface Weighted {
  /** At least 1. */
  readonly rows: number;
  readonly bytes: number;
}

interface Waiting<Order, Answer> {
  order: Order;
  sinceMs: number;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: what comes while a transaction is under way shares the next one, so that one wait for the disk serves
 * all of it, and what comes alone waits for nobody. One transaction at a time: on few cores a second one only makes
 * both smaller.
 *
 * When a transaction fails because the database is away, all its orders fail with it. When it fails for another
 * reason each order is tried alone, so that one that the database will never take fails by itself.
 */
export class CommitQueue<Order extends Weighted, Answer> {
  private waiting: Waiting<Order, Answer>[] = [];
  private waitingRows = 0;
  private waitingBytes = 0;
  private isBusy = false;
  private isScheduled = false;
  private lastWaitMs = 0;
  private readonly idlers: (() => void)[] = [];

  /** `nowMs`: any steady clock. */
  constructor(
    private readonly write: (orders: readonly Order[]) => Promise<readonly Answer[]>,
    private readonly bounds: CommitBounds,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Rows that wait, for metrics. */
  get depth(): number {
    return this.waitingRows;
  }

  /** How long an order waits now until it is durable, ms; 0 while nothing is to be done. */
  get waitMs(): number {
    if (!this.isBusy) return 0;
    const [oldest] = this.waiting;
    return Math.max(this.lastWaitMs, oldest === undefined ? 0 : this.nowMs() - oldest.sinceMs);
  }

  /** Resolves when the order is durable. Rejects with DEPENDENCY_UNAVAILABLE when too much waits. */
  commit(order: Order): Promise<Answer> {
    const { maxWaitingRows, maxWaitingBytes } = this.bounds;
    const isFull =
      this.waiting.length > 0 &&
      (this.waitingRows + order.rows > maxWaitingRows || this.waitingBytes + order.bytes > maxWaitingBytes);
    if (isFull) {
      return Promise.reject(
        new SignalboxError(
          'DEPENDENCY_UNAVAILABLE',
          'Too much waits to be written; send it again',
          undefined,
          1,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ order, sinceMs: this.nowMs(), resolve, reject });
      this.waitingRows += order.rows;
      this.waitingBytes += order.bytes;
      this.schedule();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    if (this.waiting.length > 0 || this.isBusy)
      await new Promise<void>((resolve) => this.idlers.push(resolve));
  }

  /** After this turn of the event loop: what one turn brings goes together. */
  private schedule(): void {
    if (this.isBusy || this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      void this.drain();
    });
  }

  private async drain(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    while (this.waiting.length > 0) {
      const group = this.take();
      await this.commitTogether(group);
      this.lastWaitMs = this.nowMs() - (group[0]?.sinceMs ?? 0);
    }
    this.isBusy = false;
    for (const idler of this.idlers.splice(0)) idler();
  }

  private take(): Waiting<Order, Answer>[] {
    let count = 0;
    let rows = 0;
    for (const { order } of this.waiting) {
      if (count > 0 && rows + order.rows > this.bounds.maxRows) break;
      count += 1;
      rows += order.rows;
    }
    const group = this.waiting.splice(0, count);
    this.waitingRows -= rows;
    this.waitingBytes -= group.reduce((bytes, { order }) => bytes + order.bytes, 0);
    return group;
  }

  private async commitTogether(group: readonly Waiting<Order, Answer>[]): Promise<void> {
    try {
      const answers = await this.write(group.map(({ order }) => order));
      group.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
    } catch (error) {
      if (group.length === 1 || isPassing(error)) for (const { reject } of group) reject(error);
      else for (const alone of group) await this.commitTogether([alone]);
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof SignalboxError && error.status === 503;
}
