/** The last values of a series, at most `capacity` of them. */
export class ValueHistory {
  /** Twice the capacity, so that the last values always lie in one piece: they move once in `capacity` additions. */
  readonly #values: Float64Array;
  readonly #capacity: number;
  #end = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#values = new Float64Array(2 * capacity);
  }

  get length(): number {
    return Math.min(this.#end, this.#capacity);
  }

  add(value: number): void {
    if (this.#end === this.#values.length) {
      this.#values.copyWithin(0, this.#capacity);
      this.#end = this.#capacity;
    }
    this.#values[this.#end++] = value;
  }

  /** A view, not a copy: good until the next value. */
  oldestFirst(): Float64Array {
    return this.#values.subarray(this.#end - this.length, this.#end);
  }

  /** Mean of `count` values, with `skip` newer ones left out; the caller knows that there are so many. */
  meanOf(count: number, skip = 0): number {
    let sum = 0;
    for (let at = this.#end - skip - count; at < this.#end - skip; at++) sum += this.#values[at] ?? 0;
    return sum / count;
  }

  /** The largest, or 0 where there is none above. */
  largest(): number {
    return this.oldestFirst().reduce((largest, value) => Math.max(largest, value), 0);
  }

  toArray(): number[] {
    return [...this.oldestFirst()];
  }
}
