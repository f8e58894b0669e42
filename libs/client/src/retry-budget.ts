/**
 * How many retries a client may send, as a share of the calls it makes.
 *
 * A budget and not "at most n retries a call", because the cap on one call says nothing about the sum: when a
 * provider fails outright, `n = 2` triples the load on whatever is left of it at the very moment it needs rest,
 * and every layer that does the same multiplies again. With a budget the load can never exceed 1.2 times the
 * calls, whatever fails, while the odd failure in healthy times still always has a retry to spend. Twenty
 * percent is the default of Finagle's and Linkerd's budgets; Tower's `TpsBudget` is this algorithm.
 *
 * A deposit per call, a withdrawal per retry, both forgotten after ten seconds. They expire, because credit
 * saved up over a quiet hour would otherwise be spent in one storm. The reserve lets a service that makes one
 * call a minute retry at all; it is small beside any traffic that could hurt a provider.
 *
 * Guarantee: a retry is granted only while the retries of the last ten seconds, itself included, are at most
 * the reserve and a fifth of the calls of the same ten seconds.
 */
export class RetryBudget {
  /** `net[i]` is what slot i of the ring earned minus what it spent, in {@link UNITS_PER_RETRY}ths of a retry. */
  private readonly net = new Array<number>(SLOTS).fill(0);
  private slot: number;

  /** @param nowMs a monotonic clock. */
  constructor(private readonly nowMs: () => number) {
    this.slot = this.currentSlot();
  }

  /** A call begins: it earns a fifth of a retry. */
  deposit(): void {
    this.expire();
    this.net[this.slot % SLOTS]! += 1;
  }

  /** Takes one retry; false when the budget is spent, and then the failure is the caller's answer. */
  withdraw(): boolean {
    this.expire();
    if (this.balance() < UNITS_PER_RETRY) return false;
    this.net[this.slot % SLOTS]! -= UNITS_PER_RETRY;
    return true;
  }

  private balance(): number {
    return this.net.reduce((sum, slot) => sum + slot, RESERVE_RETRIES * UNITS_PER_RETRY);
  }

  private expire(): void {
    const now = this.currentSlot();
    const passed = Math.min(now - this.slot, SLOTS);
    for (let i = 1; i <= passed; i++) this.net[(this.slot + i) % SLOTS] = 0;
    this.slot = Math.max(now, this.slot);
  }

  private currentSlot(): number {
    return Math.floor(this.nowMs() / SLOT_MS);
  }
}

/** Integers only: one deposit is one unit, one retry costs five, hence the 20 %. */
const UNITS_PER_RETRY = 5;
export const RETRY_RATIO = 1 / UNITS_PER_RETRY;
const SLOTS = 10;
const SLOT_MS = 1_000;
export const RETRY_WINDOW_MS = SLOTS * SLOT_MS;
/** Retries a window may hold beyond the ratio: one a second. */
export const RESERVE_RETRIES = 10;
