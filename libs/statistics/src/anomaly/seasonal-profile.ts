/** What a `SeasonalProfile` keeps: the expectation of each slot, null where none was seen. */
export interface SeasonalProfileState {
  readonly expected: readonly (number | null)[];
  readonly openSlot: number | null;
  readonly openSum: number;
  readonly openCount: number;
}

/**
 * What a time of the day, or of the week, usually brings: the period in slots, each an exponentially weighted
 * mean over the periods. A slot learns when it is over, so that what happens in it is never compared with itself.
 */
export class SeasonalProfile {
  readonly #periodMs: number;
  readonly #slotMs: number;
  readonly #gain: number;
  readonly #expected: Float64Array;
  #openSlot: number | null = null;
  #openSum = 0;
  #openCount = 0;

  /** @param options.gain weight of the newest period, 0..1 */
  constructor(options: { periodMs: number; slotMs: number; gain: number }) {
    this.#periodMs = options.periodMs;
    this.#slotMs = options.slotMs;
    this.#gain = options.gain;
    this.#expected = new Float64Array(Math.ceil(options.periodMs / options.slotMs)).fill(NaN);
  }

  /** Null where the slot was never seen. */
  expectedAt(timestampMs: number): number | null {
    const expected = this.#expected[this.#slotOf(timestampMs)] ?? NaN;
    return Number.isNaN(expected) ? null : expected;
  }

  observe(timestampMs: number, value: number): void {
    const slot = this.#slotOf(timestampMs);
    if (slot !== this.#openSlot) {
      this.#close();
      this.#openSlot = slot;
    }
    this.#openSum += value;
    this.#openCount++;
  }

  #close(): void {
    if (this.#openSlot === null) return;
    const mean = this.#openSum / this.#openCount;
    const before = this.#expected[this.#openSlot] ?? NaN;
    this.#expected[this.#openSlot] = Number.isNaN(before) ? mean : before + this.#gain * (mean - before);
    this.#openSum = 0;
    this.#openCount = 0;
  }

  #slotOf(timestampMs: number): number {
    const into = ((timestampMs % this.#periodMs) + this.#periodMs) % this.#periodMs;
    return Math.floor(into / this.#slotMs);
  }

  snapshot(): SeasonalProfileState {
    return {
      expected: Array.from(this.#expected, (value) => (Number.isNaN(value) ? null : value)),
      openSlot: this.#openSlot,
      openSum: this.#openSum,
      openCount: this.#openCount,
    };
  }

  restore(state: SeasonalProfileState): void {
    state.expected.slice(0, this.#expected.length).forEach((value, slot) => {
      this.#expected[slot] = value ?? NaN;
    });
    this.#openSlot = state.openSlot;
    this.#openSum = state.openSum;
    this.#openCount = state.openCount;
  }
}
