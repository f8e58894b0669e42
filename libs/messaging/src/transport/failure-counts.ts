/** Messages failing at one time whose count is kept; beyond it the oldest are counted from the start again. */
const MAX_ENTRIES = 10_000;

/**
 * How often the handler failed on a message, in this process. The server's delivery count will not do: it also
 * rises while a dependency is down, and then the first true failure would make a dead letter of a good message.
 */
export class FailureCounts {
  private readonly counts = new Map<number, number>();

  /** One more failure of the message; returns how many there are now. */
  add(sequence: number): number {
    const count = (this.counts.get(sequence) ?? 0) + 1;
    this.counts.delete(sequence);
    this.counts.set(sequence, count);
    if (this.counts.size > MAX_ENTRIES) this.counts.delete(this.counts.keys().next().value as number);
    return count;
  }

  forget(sequence: number): void {
    this.counts.delete(sequence);
  }
}
