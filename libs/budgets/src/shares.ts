/** Basis points of the whole. */
export const WHOLE = 10_000;

/**
 * A configured share (0..1) as integer basis points, so that money is only ever multiplied and divided as integers.
 * Exact while amount × 10,000 stays below 2^53: budgets up to 900,000 dollars.
 */
export function shareOf(ratio: number): {
  basisPoints: number;
  ofCeil: (amount: number) => number;
  ofFloor: (amount: number) => number;
} {
  const basisPoints = Math.round(ratio * WHOLE);
  return {
    basisPoints,
    ofCeil: (amount) => Math.ceil((amount * basisPoints) / WHOLE),
    ofFloor: (amount) => Math.floor((amount * basisPoints) / WHOLE),
  };
}
