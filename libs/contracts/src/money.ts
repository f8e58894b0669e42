/** Money inside Signalbox: an integer count of millionths of a dollar. Dollars exist only on the wire. */
export type MicroUsd = number;

const MICRO_PER_USD = 1_000_000;

/** Dollars from the wire (at most 6 decimals) to integer micro-dollars; the rounding only removes binary noise. */
export function toMicroUsd(usd: number): MicroUsd {
  return Math.round(usd * MICRO_PER_USD);
}

/** Integer micro-dollars to the dollars shown on the wire. */
export function toUsd(micro: MicroUsd): number {
  return Math.round(micro) / MICRO_PER_USD;
}
