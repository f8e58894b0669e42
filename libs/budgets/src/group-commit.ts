import type { Journal, Movement } from './journal.js';

/** As much as one insert takes at once. */
const MAX_BATCH = 1_000;

interface Waiting {
  movements: readonly Movement[];
  resolve: (isStored: boolean) => void;
  reject: (error: unknown) => void;
}

/**
 * One append under way at a time; what comes meanwhile travels together in the next one. Under load a transaction
 * is shared by hundreds of callers, and without load nobody waits for company.
 */
export class GroupCommit {
  private waiting: Waiting[] = [];
  private isBusy = false;

  constructor(
    private readonly journal: Journal,
    private readonly onStored: (movements: readonly Movement[]) => void,
  ) {}

  /** True when all of them are stored, false when a later generation keeps them out. Rejects as the journal does. */
  append(movements: readonly Movement[]): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ movements, resolve, reject });
      if (!this.isBusy) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.isBusy = true;
    while (this.waiting.length > 0) {
      const batch = this.nextBatch();
      const movements = batch.flatMap((waiting) => waiting.movements);
      try {
        const stored = await this.journal.append(movements);
        let from = 0;
        for (const waiting of batch) {
          const until = from + waiting.movements.length;
          waiting.resolve(stored.slice(from, until).every(Boolean));
          from = until;
        }
        this.onStored(movements.filter((_, index) => stored[index]));
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
    this.isBusy = false;
  }

  private nextBatch(): Waiting[] {
    let [count, size] = [0, 0];
    while (count < this.waiting.length && (count === 0 || size < MAX_BATCH)) {
      size += this.waiting[count]?.movements.length ?? 0;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }
}
