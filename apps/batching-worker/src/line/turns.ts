/** What a call waits for before it may leave by its lane: the provider's pace. Resolves when it may, or at closing. */
export type PassLane = (lane: string) => Promise<void>;

interface Waiter {
  isCritical: boolean;
  go: () => void;
}

/** Turns in which critical calls overtake somebody, before the one that has waited longest goes. */
const MOST_OVERTAKEN = 9;

/**
 * Whose turn it is to call: a bounded number at a time, and by each lane as the provider's pace allows. Who goes is
 * decided when the way is free and not before, so that a critical call that comes while others wait for the pace goes
 * first; every tenth turn is the longest waiter's, so that no stream of critical calls can hold the others for ever.
 */
export class Turns {
  private readonly lanes = new Map<string, { waiting: Waiter[]; overtaken: number }>();
  private readonly placeQueue: (() => void)[] = [];
  private taken = 0;

  constructor(
    private readonly most: number,
    private readonly pass: PassLane,
  ) {}

  async within<T>(lane: string, isCritical: boolean, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((go) => this.wait(lane, { isCritical, go }));
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private wait(lane: string, waiter: Waiter): void {
    const known = this.lanes.get(lane);
    if (known !== undefined) {
      known.waiting.push(waiter);
      return;
    }
    this.lanes.set(lane, { waiting: [waiter], overtaken: 0 });
    void this.serve(lane);
  }

  /** Lets the lane's waiters go, one after the other, until none is left. */
  private async serve(lane: string): Promise<void> {
    for (let next = this.lanes.get(lane); next !== undefined; next = this.lanes.get(lane)) {
      await this.place();
      await this.pass(lane);
      const critical = next.waiting.findIndex(({ isCritical }) => isCritical);
      const overtakes = critical > 0 && next.overtaken < MOST_OVERTAKEN;
      next.overtaken = overtakes ? next.overtaken + 1 : 0;
      const [waiter] = next.waiting.splice(overtakes ? critical : 0, 1);
      if (next.waiting.length === 0) this.lanes.delete(lane);
      waiter?.go();
    }
  }

  private async place(): Promise<void> {
    if (this.taken < this.most) this.taken += 1;
    else await new Promise<void>((resolve) => this.placeQueue.push(resolve));
  }

  /** The place is handed on rather than freed: no lane that comes now overtakes one that waits. */
  private leave(): void {
    const next = this.placeQueue.shift();
    if (next === undefined) this.taken -= 1;
    else next();
  }
}
