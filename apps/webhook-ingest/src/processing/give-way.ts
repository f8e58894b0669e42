/** Receipts that wait longer than a quiet commit takes are short of something: of the disk or of a processor. */
const BEHIND_MS = 15;
/** However much comes in, something is processed that often. */
const LONGEST_MS = 1_000;

/**
 * Receiving goes before processing: providers wait for their answer and give up, while what is stored can wait. Says when
 * a round of processing leaves the machine to the receipts; critical events give way to nothing.
 */
export class GiveWay {
  private lastRoundMs = -Infinity;

  /** `receiptWaitMs`: how long a delivery waits now until it is durable. False begins a round. */
  mustWait(receiptWaitMs: number, nowMs: number): boolean {
    if (receiptWaitMs > BEHIND_MS && nowMs - this.lastRoundMs < LONGEST_MS) return true;
    this.lastRoundMs = nowMs;
    return false;
  }
}
