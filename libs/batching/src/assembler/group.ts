import type { ArrivalForecast } from './arrival-forecast.js';
import { loaded, moreUrgent, type BatchBounds, type LeaveReason, type Load, type Waiting } from './batch.js';

/** That a group may leave, for as long as it is the group's own word. */
export interface Ready {
  readonly group: Group;
  readonly reason: LeaveReason;
  readonly head: Waiting;
}

/** When to look at a group again. */
export interface Wake {
  readonly atMs: number;
  readonly group: Group;
}

/** When a group may leave, and why. */
export interface Leave {
  readonly atMs: number;
  readonly reason: LeaveReason;
}

/** The open batch of one merge key: what waits under it, and what of it is on the way. */
export class Group {
  /** Most urgent first. */
  #waiting: Waiting[] = [];
  #units = 0;
  #bytes = 0;
  #costMicroUsd = 0;
  readonly #conflicts = new Map<string, number>();
  #clashes = 0;
  inFlight = 0;
  /** That it may leave, or when to look again: entries elsewhere that are not these are stale. */
  ready: Ready | null = null;
  wake: Wake | null = null;

  constructor(
    readonly key: string,
    readonly family: string,
    readonly lane: string,
    readonly merges: boolean,
  ) {}

  get head(): Waiting | undefined {
    return this.#waiting[0];
  }

  get size(): number {
    return this.#waiting.length;
  }

  get waiting(): readonly Waiting[] {
    return this.#waiting;
  }

  add(one: Waiting): void {
    this.#waiting.splice(this.#placeOf(one), 0, one);
    this.#count(one, 1);
  }

  remove(one: Waiting): void {
    const at = this.#waiting.indexOf(one);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#count(one, -1);
  }

  /** Null when nothing waits. */
  leave(bounds: BatchBounds, worthWaiting: number, forecast: ArrivalForecast, nowMs: number): Leave | null {
    const { head } = this;
    if (head === undefined) return null;
    if (head.critical) return { atMs: nowMs, reason: 'critical' };
    const full = this.#fullBy(bounds);
    if (full !== null) return { atMs: nowMs, reason: full };
    if (head.dueAtMs <= nowMs) return { atMs: nowMs, reason: 'deadline' };
    // Nobody that could join saves a request: there is nothing to gain by waiting.
    if (!this.merges) return { atMs: nowMs, reason: 'idle' };
    if (this.inFlight > 0) return { atMs: head.dueAtMs, reason: 'deadline' };
    const atMs = forecast.belowAtMs(this.family, this.key, nowMs, head.dueAtMs, worthWaiting);
    return atMs < head.dueAtMs ? { atMs, reason: 'idle' } : { atMs: head.dueAtMs, reason: 'deadline' };
  }

  /** Takes the next batch out. */
  load(bounds: BatchBounds): Load {
    const load = loaded(this.#waiting, bounds);
    this.#waiting = [...load.left];
    for (const one of load.taken) this.#count(one, -1);
    return load;
  }

  /** The bound that what waits has reached; null while there is room. */
  #fullBy(bounds: BatchBounds): LeaveReason | null {
    const most = Math.min(bounds.units, this.head?.item.mostUnits ?? Infinity);
    const reached = (units: number, bytes: number, costMicroUsd: number): LeaveReason | null => {
      if (units >= most) return 'size';
      if (bytes >= bounds.bytes) return 'bytes';
      return costMicroUsd > 0 && costMicroUsd >= bounds.costMicroUsd ? 'cost' : null;
    };
    const bySum = reached(this.#units, this.#bytes, this.#costMicroUsd);
    // Those that clash cannot leave together: what counts is the one batch that could.
    if (bySum === null || this.#clashes === 0) return bySum;
    const load = loaded(this.#waiting, bounds);
    return reached(load.units, load.bytes, load.costMicroUsd);
  }

  #count({ item }: Waiting, sign: 1 | -1): void {
    this.#units += sign * item.units;
    this.#bytes += sign * item.bytes;
    this.#costMicroUsd += sign * item.costMicroUsd;
    for (const conflict of item.conflicts) {
      const before = this.#conflicts.get(conflict) ?? 0;
      const after = before + sign;
      if (after === 0) this.#conflicts.delete(conflict);
      else this.#conflicts.set(conflict, after);
      if (sign === 1 ? after === 2 : after === 1) this.#clashes += sign;
    }
  }

  /** By bisection; those in front stay in front. */
  #placeOf(one: Waiting): number {
    let [low, high] = [0, this.#waiting.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (moreUrgent(one, this.#waiting[middle] as Waiting)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
