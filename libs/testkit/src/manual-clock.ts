/** A clock that stands still until the test moves it. Fits every `Clock` argument. */
export class ManualClock {
  constructor(private ms = Date.UTC(2026, 0, 15, 12)) {}

  /** Epoch milliseconds. */
  nowMs(): number {
    return this.ms;
  }

  advance(byMs: number): void {
    if (byMs < 0) throw new RangeError(`a clock never moves backwards (asked for ${byMs} ms)`);
    this.ms += byMs;
  }
}
