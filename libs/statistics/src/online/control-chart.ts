/**
 * An EWMA baseline of a series' own past, mean and variance, to score new values against (a control chart).
 * Causal: a value is scored before it is learned. Updates after Finch, "Incremental calculation of weighted
 * mean and variance", 2009, with an exact running mean for the first `1 / gain` values, where a constant gain
 * would cling to the very first.
 */
export class ControlChart {
  private count = 0;
  private mean = 0;
  private variance = 0;

  /** `gain` 0..1: share of a new value; 1/120 remembers about two minutes of one-second values. */
  constructor(
    private readonly gain: number,
    /** Values before {@link score} answers. */
    private readonly warmUp: number,
    /** Least standard deviation: below it a difference is not worth telling, in the unit of the values. */
    private readonly sdFloor: number,
  ) {}

  /** Standard deviations above the baseline, null until warmed up. */
  score(value: number): number | null {
    if (this.count < this.warmUp) return null;
    return (value - this.mean) / Math.max(this.sdFloor, Math.sqrt(this.variance));
  }

  /** The value that scores `sigmas`, null until warmed up. */
  limit(sigmas: number): number | null {
    if (this.count < this.warmUp) return null;
    return this.mean + sigmas * Math.max(this.sdFloor, Math.sqrt(this.variance));
  }

  /** `caution` 0..1 scales the gain: how much of its usual weight a doubtful value gets. */
  learn(value: number, caution = 1): void {
    this.count++;
    const gain = this.count === 1 ? 1 : caution * Math.max(this.gain, 1 / this.count);
    const difference = value - this.mean;
    this.mean += gain * difference;
    this.variance = (1 - gain) * (this.variance + gain * difference * difference);
  }
}
