/**
 * The burst tier: the generic cell rate algorithm (ITU-T I.371, annex A) as virtual scheduling. One number is its whole
 * state, the theoretical arrival time: when the bucket will be full again if nothing else comes. Microseconds, integers.
 *
 * Its capacity is `burst` and it is refilled at the sustained rate: `burst` is the most at once, and after a burst calls
 * come at the pace that can be kept up. (Refilled faster it would let a burst follow a burst, and be no bound at all
 * beyond an instant.)
 */
export interface Pace {
  /** The time one call takes to be refilled. */
  intervalUs: number;
  /** How far ahead of now the arrival time may lie: burst × interval. */
  toleranceUs: number;
}

const HOUR_US = 3_600_000_000;

/** Rounded up: never faster than the rate. */
export function paceOf(burst: number, sustainedPerHour: number): Pace {
  const intervalUs = Math.ceil(HOUR_US / sustainedPerHour);
  return { intervalUs, toleranceUs: burst * intervalUs };
}

/** The arrival time after one more call now. It may be made if that lies at most the tolerance ahead. */
export function arrivalAfter(pace: Pace, arrivalUs: number, nowUs: number): number {
  return Math.max(arrivalUs, nowUs) + pace.intervalUs;
}

/** Calls not refilled yet. */
export function paceUsed(pace: Pace, arrivalUs: number, nowUs: number): number {
  return Math.max(0, Math.ceil((arrivalUs - nowUs) / pace.intervalUs));
}

/**
 * The arrival time that calls of the past leave behind, when only their minutes are known: each is taken to have been
 * made at the end of its minute, so the bucket is never fuller than it really was.
 */
export function arrivalFromMinutes(
  pace: Pace,
  callsByMinute: readonly (readonly [minute: number, calls: number])[],
  nowUs: number,
): number {
  let arrivalUs = 0;
  for (const [minute, calls] of [...callsByMinute].sort(([a], [b]) => a - b)) {
    const endUs = Math.min((minute + 1) * 60_000_000, nowUs);
    arrivalUs = Math.min(Math.max(arrivalUs, endUs) + calls * pace.intervalUs, endUs + pace.toleranceUs);
  }
  return arrivalUs;
}
