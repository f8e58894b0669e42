import type { RetryBudget } from '@signalbox/batching';
import type { BatchPolicy } from '@signalbox/contracts';
import type { Rng } from '@signalbox/statistics';
import type { HeldItem } from '../line/held-item.js';

/** What sending a batch needs to know of the line that it comes from. */
export interface SendingLine {
  readonly policy: Required<BatchPolicy>;
  readonly retryBudget: RetryBudget;
  readonly rng: Rng;
  /** Nothing that is not claimed yet shall be sent. */
  readonly isClosing: boolean;
  /** Does the work when the provider's pace and the calls under way let these items go; see `isClosing` then. */
  inTurn<T>(part: readonly HeldItem[], work: () => Promise<T>): Promise<T>;
  /** The provider said that it is too much. */
  penalise(part: readonly HeldItem[], retryAfterMs: number | null): void;
  /** Who waits for this item's answer, to be given the same; each is asked for once. */
  takeFollowers(held: HeldItem, answered: boolean): HeldItem[];
}
