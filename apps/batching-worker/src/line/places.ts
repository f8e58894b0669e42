/** A bounded number of pieces of work at a time; the others wait in the order in which they came. */
export class Places {
  private taken = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly most: number) {}

  async within<T>(work: () => Promise<T>): Promise<T> {
    if (this.taken >= this.most) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.taken += 1;
    try {
      return await work();
    } finally {
      // The place is handed on rather than freed: nobody who comes now overtakes who waits.
      const next = this.queue.shift();
      if (next === undefined) this.taken -= 1;
      else next();
    }
  }
}
