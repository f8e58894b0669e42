import { refused, type Refused } from './verdict.js';

/** Both ways: what Stripe and Standard Webhooks advise. Wide enough for clocks, narrow enough against replays. */
export const TOLERANCE_SECONDS = 300;

const UNIX_SECONDS = /^\d{1,12}$/;

/**
 * The signed time in Unix seconds when it is within the tolerance. Compared in whole seconds, as it was cut to
 * them when it was signed.
 */
export function signingTime(text: string, nowMs: number): number | Refused {
  if (!UNIX_SECONDS.test(text)) return refused('malformed_timestamp');
  const seconds = Number(text);
  const apart = Math.abs(Math.floor(nowMs / 1_000) - seconds);
  return apart <= TOLERANCE_SECONDS ? seconds : refused('timestamp_out_of_range');
}
