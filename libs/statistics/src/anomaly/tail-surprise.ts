/** What `TailSurprise` keeps: counts of magnitudes by logarithmic bins, the topmost first. */
export interface TailSurpriseState {
  readonly topBin: number;
  readonly counts: readonly number[];
  readonly zeros: number;
}

/**
 * Turns a magnitude of unknown distribution into surprise: −log₁₀ of the probability that a magnitude as large
 * comes up, as learned from those before. 0 is ordinary, 2 one in a hundred, 3 one in a thousand, in whatever unit.
 *
 * Where enough were as large, the probability is their share. Beyond the largest 1 % it is extrapolated with a
 * Pareto tail (Weissman 1978), its index by Hill (1975) from that 1 %, as SPOT does with a peak-over-threshold fit
 * (Siffer et al. 2017). Hill's estimate needs no optimisation and no scale, and for a light tail it comes out
 * small, which is right near the threshold.
 *
 * Magnitudes are counted in bins 5 % wide (as in DDSketch, Masson et al. 2019), the lowest sharing one, so that
 * memory is bounded whatever the length of the series.
 */
export class TailSurprise {
  readonly #counts = new Float64Array(BINS);
  /** The bin that `#counts[0]` counts; falling from there. */
  #topBin: number | null = null;
  /** Magnitudes of exactly 0: they say how rare the others are, and nothing of how large those get. */
  #zeros = 0;
  #positives = 0;

  /** Surprise at the magnitude, before it is learned. */
  observe(magnitude: number): number {
    const surprise = this.surpriseAt(magnitude);
    this.#add(magnitude);
    return surprise;
  }

  surpriseAt(magnitude: number): number {
    const total = this.#positives + this.#zeros;
    if (total < LEAST || !(magnitude > 0) || this.#topBin === null) {
      return total < LEAST || !(magnitude > 0) ? 0 : -Math.log10(0.5 / (total + 1));
    }
    const index = this.#topBin - binOf(magnitude);
    const tail = Math.max(LEAST_IN_TAIL, TAIL_SHARE * total);
    let inTail = 0;
    let depth = 0;
    let asLarge = 0;
    let at = 0;
    for (; at < BINS && inTail < tail; at++) {
      const count = this.#counts[at] ?? 0;
      inTail += count;
      depth += count * at;
      if (at <= index) asLarge += count;
    }
    const threshold = at - 1;
    if (index >= threshold || inTail < LEAST_IN_TAIL) {
      for (; at < BINS && at <= index; at++) asLarge += this.#counts[at] ?? 0;
      return -Math.log10((asLarge + 0.5) / (total + 1));
    }
    const hill = Math.max(LEAST_HILL, (threshold - depth / inTail) * BIN_WIDTH);
    return -(Math.log(inTail / total) - ((threshold - index) * BIN_WIDTH) / hill) / Math.LN10;
  }

  #add(magnitude: number): void {
    if (!(magnitude > 0)) {
      this.#zeros++;
      return;
    }
    this.#positives++;
    const bin = binOf(magnitude);
    this.#topBin ??= bin;
    if (bin > this.#topBin) this.#raiseTop(bin);
    const index = Math.min(BINS - 1, this.#topBin - bin);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  #raiseTop(bin: number): void {
    const by = Math.min(BINS, bin - (this.#topBin ?? bin));
    let fallen = 0;
    for (let index = BINS - by; index < BINS; index++) fallen += this.#counts[index] ?? 0;
    this.#counts.copyWithin(by, 0, BINS - by);
    this.#counts.fill(0, 0, by);
    this.#counts[BINS - 1] = (this.#counts[BINS - 1] ?? 0) + fallen;
    this.#topBin = bin;
  }

  snapshot(): TailSurpriseState {
    let last = BINS;
    while (last > 0 && this.#counts[last - 1] === 0) last--;
    return { topBin: this.#topBin ?? 0, counts: [...this.#counts.subarray(0, last)], zeros: this.#zeros };
  }

  restore({ topBin, counts, zeros }: TailSurpriseState): void {
    this.#counts.fill(0);
    this.#counts.set(counts.slice(0, BINS));
    this.#positives = this.#counts.reduce((sum, count) => sum + count, 0);
    this.#topBin = this.#positives > 0 ? topBin : null;
    this.#zeros = zeros;
  }
}

function binOf(magnitude: number): number {
  return Math.floor(Math.log(magnitude) / BIN_WIDTH);
}

const BIN_WIDTH = 0.05;
/** Eleven decades below the largest. */
const BINS = 512;
/** Fewer magnitudes say nothing of a tail. */
const LEAST = 50;
const TAIL_SHARE = 0.01;
const LEAST_IN_TAIL = 8;
/** A tail no lighter than that of values which differ by a few per cent only: else 1 % more would be a wonder. */
const LEAST_HILL = 0.08;
