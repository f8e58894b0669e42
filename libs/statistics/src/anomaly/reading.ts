/** What the detector thinks of one value, knowing only the values before it. */
export interface AnomalyReading {
  /**
   * How surprising the value is, 0 (ordinary, or nothing measured) to 1. A function of the values so far only;
   * comparable over series, whatever their unit.
   */
  readonly score: number;
  /** What was expected here, in the series' unit; null while there is no history to expect from. */
  readonly expected: number | null;
  /** Value less expectation, in the series' unit; null where there is no value or no expectation. */
  readonly deviation: number | null;
  /** The score reached the threshold. One lasting fault is told once, and again only if it grows. */
  readonly isAnomaly: boolean;
  /** On which side of the expectation the value lies; null where neither. */
  readonly direction: 'above' | 'below' | null;
}
