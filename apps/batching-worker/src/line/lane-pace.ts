import { setTimeout as pause } from 'node:timers/promises';
import { AIRTABLE_PACE, DEFAULT_PENALTY_MS, Pacer, type Pace } from '@signalbox/batching';
import type { BatchPolicy, ServiceName } from '@signalbox/contracts';
import type { SharedPacer } from '@signalbox/redis';
import type { Clock } from '@signalbox/statistics';

/** So long at most between two questions: a lane may be freed, and the process may be going. */
const LONGEST_PAUSE_MS = 1_000;

/**
 * The provider's pace, twice: this process's own count orders what leaves next, so that the most urgent goes first
 * when the lane is free; the count in Redis holds over all workers, also while one takes over from another.
 */
export class LanePace {
  private pacer: Pacer;
  private policy: Required<BatchPolicy>;

  constructor(
    private readonly serviceName: ServiceName,
    policy: Required<BatchPolicy>,
    private readonly shared: SharedPacer,
    private readonly clock: Clock,
  ) {
    this.policy = policy;
    this.pacer = new Pacer(this.pace(), clock);
  }

  adopt(policy: Required<BatchPolicy>): void {
    const changed = policy.requestsPerSecond !== this.policy.requestsPerSecond;
    this.policy = policy;
    if (changed) this.pacer = new Pacer(this.pace(), this.clock);
  }

  laneFreeAtMs(lane: string): number {
    return this.pacer.laneFreeAtMs(lane);
  }

  laneTaken(lane: string): void {
    this.pacer.laneTaken(lane);
  }

  /** Resolves when a call may leave by the lane, its place taken, or when nothing is to leave any more. */
  async pass(lane: string, isClosing: () => boolean): Promise<void> {
    const { requestsPerSecond, burst } = this.pace();
    while (!isClosing()) {
      const waitMs = await this.shared.take(lane, { requestsPerSecond, burst }).catch(() => 0);
      if (waitMs === 0) return;
      await pause(Math.min(LONGEST_PAUSE_MS, waitMs));
    }
  }

  /** The provider said that it is too much: the lane rests as long as it asked, else as long as it is known to. */
  penalise(lane: string, retryAfterMs: number | null): void {
    this.pacer.penalise(lane, retryAfterMs);
    this.shared.rest(lane, retryAfterMs ?? this.pace().penaltyMs).catch(() => undefined);
  }

  private pace(): Pace {
    const { requestsPerSecond } = this.policy;
    const penaltyMs = this.serviceName === 'airtable' ? AIRTABLE_PACE.penaltyMs : DEFAULT_PENALTY_MS;
    return { requestsPerSecond, burst: Math.max(1, Math.floor(requestsPerSecond)), penaltyMs };
  }
}
