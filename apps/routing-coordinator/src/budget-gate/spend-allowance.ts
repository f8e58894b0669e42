import { toMicroUsd, type BudgetState, type MicroUsd } from '@signalbox/contracts';

/** Time for a decision to reach the ledger and be seen in the state that comes back. */
const SEEN_WITHIN_MS = 5_000;
/** A slice is not drawn on so shortly before it goes back: what was drawn must be told in time. */
const LAST_DRAW_MS = 10_000;
const MAX_DRAWS = 10_000;

export interface Slice {
  leaseId: string;
  leftMicroUsd: MicroUsd;
  expiresAtMs: number;
}

interface Draw {
  atMs: number;
  microUsd: MicroUsd;
}

/**
 * What this replica may spend on one service without asking anybody. First the slices that the ledger has lent it; then
 * its share of what the budget had left when the ledger last told, less what it has drawn since: the shares of all
 * replicas together are no more than what is left, so that nobody overshoots also while the ledger is away. Pure.
 */
export class SpendAllowance {
  private state: BudgetState | null = null;
  private slices: Slice[] = [];
  private draws: Draw[] = [];

  /** Null before the ledger ever told: then no budget is known, and none is enforced. */
  get known(): BudgetState | null {
    return this.state;
  }

  tell(state: BudgetState): void {
    this.state = state;
    const seenMs = Date.parse(state.occurredAt) - SEEN_WITHIN_MS;
    this.draws = this.draws.filter(({ atMs }) => atMs > seenMs);
  }

  lend(slice: Slice): void {
    this.slices.push(slice);
  }

  /** The most that one call may cost now; null for no bound. */
  available(replicas: number, nowMs: number): MicroUsd | null {
    if (this.state === null || this.state.shadow) return null;
    const slices = this.usable(nowMs).map(({ leftMicroUsd }) => leftMicroUsd);
    return Math.max(this.leftOfShare(replicas), ...slices);
  }

  /** What is left of all slices; 0 without one. */
  leftOfSlices(nowMs: number): MicroUsd {
    return this.usable(nowMs).reduce((sum, { leftMicroUsd }) => sum + leftMicroUsd, 0);
  }

  /** Takes a call's cost from a slice, which it names, or from the share (null). */
  draw(microUsd: MicroUsd, nowMs: number): string | null {
    this.slices = this.usable(nowMs);
    const slice = this.slices.find(({ leftMicroUsd }) => leftMicroUsd >= microUsd);
    if (slice !== undefined) {
      slice.leftMicroUsd -= microUsd;
      return slice.leaseId;
    }
    this.draws.push({ atMs: nowMs, microUsd });
    // Merging the two oldest keeps their sum, and forgets the older no sooner than the newer.
    if (this.draws.length > MAX_DRAWS) {
      const [first, second, ...rest] = this.draws;
      this.draws = [{ atMs: second!.atMs, microUsd: first!.microUsd + second!.microUsd }, ...rest];
    }
    return null;
  }

  private usable(nowMs: number): Slice[] {
    return this.slices.filter(
      ({ leftMicroUsd, expiresAtMs }) => leftMicroUsd > 0 && nowMs < expiresAtMs - LAST_DRAW_MS,
    );
  }

  private leftOfShare(replicas: number): MicroUsd {
    if (this.state === null) return 0;
    const left = Math.min(this.state.day.remainingUsd, this.state.month.remainingUsd);
    const drawn = this.draws.reduce((sum, { microUsd }) => sum + microUsd, 0);
    return Math.max(0, Math.floor(toMicroUsd(left) / replicas) - drawn);
  }
}
