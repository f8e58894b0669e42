/** Bounds how much runs at a time. */
export class Slots {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly idlers: (() => void)[] = [];

  constructor(private readonly size: number) {}

  get isFull(): boolean {
    return this.taken >= this.size;
  }

  /** Runs the task once a slot is free. Resolves when it has started: whoever feeds tasks waits no longer. */
  async start(task: () => Promise<void>): Promise<void> {
    if (this.isFull) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.taken += 1;
    void task().finally(() => this.release());
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    if (this.taken > 0) await new Promise<void>((resolve) => this.idlers.push(resolve));
  }

  private release(): void {
    const next = this.waiting.shift();
    if (next) return next();
    this.taken -= 1;
    if (this.taken === 0) for (const idler of this.idlers.splice(0)) idler();
  }
}
