import { sampleNormal, seededRandom, type Rng } from '@signalbox/statistics';

/** What Signalbox watches of a service. */
export const KINDS = ['spend rate', 'latency', 'error rate'] as const;
export type Kind = (typeof KINDS)[number];

/** What happens to a value `hours` after a fault began; noise is drawn from the same stream as the value's. */
export interface Fault {
  readonly name: string;
  readonly kind: Kind;
  readonly change: (value: number, hours: number, rng: Rng) => number;
}

/** Each lasts four hours. */
export const FAULTS: readonly Fault[] = [
  { name: 'spend doubles', kind: 'spend rate', change: (value) => value * 2 },
  {
    name: 'spend creeps up by half an hour',
    kind: 'spend rate',
    change: (value, hours) => value * 1.5 ** hours,
  },
  { name: 'spend stops', kind: 'spend rate', change: () => 0 },
  { name: 'latency up by half', kind: 'latency', change: (value) => value * 1.5 },
  {
    name: 'one call in four times out',
    kind: 'latency',
    change: (value, _, rng) => (rng() < 0.25 ? value * 8 : value),
  },
  {
    name: 'latency creeps up by a fifth an hour',
    kind: 'latency',
    change: (value, hours) => value * 1.2 ** hours,
  },
  { name: 'errors from 1 % to 5 %', kind: 'error rate', change: (value) => Math.min(1, value + 0.04) },
  { name: 'outage: 60 % errors', kind: 'error rate', change: (value) => Math.min(1, value + 0.6) },
];

export const INTERVAL_MS = 5 * 60_000;
export const PER_DAY = 288;
export const FAULT_VALUES = 48;

/**
 * A value every five minutes: a day's profile with its peak in the afternoon, quieter weekends, noise that lasts a
 * while (log-normal, autoregressive) and noise that does not. About 200 calls in five minutes at the mean.
 */
export function productSeries(
  kind: Kind,
  days: number,
  seed: number,
  fault?: { of: Fault; at: number },
): number[] {
  const rng = seededRandom(seed);
  const faultRng = seededRandom(seed + 1_000_003);
  let drift = 0;
  return Array.from({ length: days * PER_DAY }, (_, index) => {
    const hour = ((index % PER_DAY) * 24) / PER_DAY;
    const weekend = Math.floor(index / PER_DAY) % 7 >= 5;
    drift = 0.95 * drift + 0.03 * sampleNormal(rng);
    const calls = Math.max(
      20,
      200 * (1 + 0.6 * Math.sin((2 * Math.PI * (hour - 9)) / 24)) * (weekend ? 0.6 : 1) * Math.exp(drift),
    );
    const value = valueOf(kind, Math.round(calls + Math.sqrt(calls) * sampleNormal(rng)), drift, rng);
    const since = fault ? index - fault.at : -1;
    return fault && since >= 0 && since < FAULT_VALUES
      ? fault.of.change(value, (since * INTERVAL_MS) / 3_600_000, faultRng)
      : value;
  });
}

function valueOf(kind: Kind, calls: number, drift: number, rng: Rng): number {
  switch (kind) {
    case 'spend rate':
      // Micro-dollars: 10,000 a call, give or take what calls differ by.
      return Math.round(calls * 10_000 * (1 + 0.05 * sampleNormal(rng)));
    case 'latency':
      return 180 * (1 + calls / 2_000) * Math.exp(drift + 0.05 * sampleNormal(rng));
    case 'error rate': {
      let errors = 0;
      for (let call = 0; call < calls; call++) if (rng() < 0.01) errors++;
      return errors / calls;
    }
  }
}
