/**
 * Sums over the last `windowMs`, in equal time buckets that fall off one by one: exact counts, bounded memory,
 * and an idle window empties itself. Each lane is one thing that is summed. The newest bucket is still filling,
 * so the sums cover between nine and ten tenths of the window at the default of ten buckets.
 */
export class SlidingWindow {
  readonly #lanes: number;
  readonly #buckets: number;
  readonly #bucketMs: number;
  readonly #cells: Float64Array;
  readonly #totals: Float64Array;
  /** Number of the newest bucket since the epoch; −1 before the first use. */
  #head = -1;

  constructor(lanes: number, windowMs: number, buckets = 10) {
    this.#lanes = lanes;
    this.#buckets = buckets;
    this.#bucketMs = windowMs / buckets;
    this.#cells = new Float64Array(lanes * buckets);
    this.#totals = new Float64Array(lanes);
  }

  add(lane: number, amount: number, nowMs: number): void {
    this.#advance(nowMs);
    const cell = (this.#head % this.#buckets) * this.#lanes + lane;
    this.#cells[cell] = (this.#cells[cell] ?? 0) + amount;
    this.#totals[lane] = (this.#totals[lane] ?? 0) + amount;
  }

  total(lane: number, nowMs: number): number {
    this.#advance(nowMs);
    return this.#totals[lane] ?? 0;
  }

  /** The lane's sum over the newest `buckets` buckets, the one still filling included. */
  newest(lane: number, buckets: number, nowMs: number): number {
    this.#advance(nowMs);
    let sum = 0;
    for (let age = 0; age < Math.min(buckets, this.#buckets); age++) {
      const bucket = (this.#head - age + this.#buckets) % this.#buckets;
      sum += this.#cells[bucket * this.#lanes + lane] ?? 0;
    }
    return sum;
  }

  /** How much time the sums cover now, up to `windowMs`; what a rate is told from. */
  coveredMs(nowMs: number): number {
    this.#advance(nowMs);
    const headStartMs = this.#head * this.#bucketMs;
    return (this.#buckets - 1) * this.#bucketMs + Math.max(0, nowMs - headStartMs);
  }

  clear(): void {
    this.#cells.fill(0);
    this.#totals.fill(0);
  }

  #advance(nowMs: number): void {
    const head = Math.floor(nowMs / this.#bucketMs);
    if (head <= this.#head) return;
    if (this.#head < 0 || head - this.#head >= this.#buckets) {
      this.clear();
    } else {
      for (let next = this.#head + 1; next <= head; next++) this.#drop(next % this.#buckets);
    }
    this.#head = head;
  }

  #drop(bucket: number): void {
    const start = bucket * this.#lanes;
    for (let lane = 0; lane < this.#lanes; lane++) {
      this.#totals[lane] = (this.#totals[lane] ?? 0) - (this.#cells[start + lane] ?? 0);
      this.#cells[start + lane] = 0;
    }
  }
}
