/** Writes many orders in one transaction; the answers in the order of the orders. */
export type WriteAll<Order, Answer> = (orders: readonly Order[]) => Promise<readonly Answer[]>;

export interface GroupCommitOptions {
  /** Orders in one transaction at most. */
  maxOrders: number;
  /** Transactions under way at a time. 1 keeps the order in which the orders came. */
  lanes: number;
}

/**
 * Lets orders that come while the disk is busy share the next transaction: one wait for the disk serves them all,
 * and an order that comes alone does not wait for others. When a transaction fails, each of its orders fails with
 * its error.
 */
export class GroupCommit<Order, Answer> {
  private waiting: { order: Order; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] =
    [];
  private underWay = 0;
  private scheduled = false;

  constructor(
    private readonly writeAll: WriteAll<Order, Answer>,
    private readonly options: GroupCommitOptions,
  ) {}

  write(order: Order): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ order, resolve, reject });
      if (this.scheduled) return;
      this.scheduled = true;
      // At the end of this turn: what one turn of the event loop brings goes together.
      setImmediate(() => {
        this.scheduled = false;
        this.pump();
      });
    });
  }

  private pump(): void {
    while (this.waiting.length > 0 && this.underWay < this.options.lanes) {
      const group = this.waiting.splice(0, this.options.maxOrders);
      this.underWay += 1;
      this.writeAll(group.map(({ order }) => order))
        .then(
          (answers) => group.forEach(({ resolve }, index) => resolve(answers[index] as Answer)),
          (error: unknown) => group.forEach(({ reject }) => reject(error)),
        )
        .finally(() => {
          this.underWay -= 1;
          this.pump();
        });
    }
  }
}
