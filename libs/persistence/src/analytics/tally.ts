import type { MicroUsd, ServiceName } from '@signalbox/contracts';

/** What is counted of one service's calls in a range of time. Tallies of ranges that do not overlap add up. */
export interface Tally {
  service: ServiceName;
  decided: number;
  integrated: number;
  decisionMsSum: number;
  /** With an outcome, caller errors left out: those say nothing about the routing. */
  settled: number;
  succeeded: number;
  /** With any outcome: the calls whose cost is known. */
  paid: number;
  /** Of the paid calls, against each on its service's primary node. */
  savedMicroUsd: MicroUsd;
}

export type Counts = Omit<Tally, 'service'>;

export const NOTHING: Counts = {
  decided: 0,
  integrated: 0,
  decisionMsSum: 0,
  settled: 0,
  succeeded: 0,
  paid: 0,
  savedMicroUsd: 0,
};

export function total(tallies: Iterable<Counts>): Counts {
  const sum = { ...NOTHING };
  for (const tally of tallies) {
    for (const name of Object.keys(NOTHING) as (keyof Counts)[]) sum[name] += tally[name];
  }
  return sum;
}

/** One tally a service, by name. */
export function byService(tallies: readonly Tally[]): Tally[] {
  const services = [...new Set(tallies.map((tally) => tally.service))].sort();
  return services.map((service) => ({
    service,
    ...total(tallies.filter((tally) => tally.service === service)),
  }));
}

/** Epoch ms; `from` included, `to` not. */
export interface Range {
  fromMs: number;
  toMs: number;
}

export const HOUR_MS = 3_600_000;

/** What of a range is left when these whole hours are taken out, in order, neighbours joined. */
export function gapsOf(range: Range, hourStartsMs: readonly number[]): Range[] {
  const gaps: Range[] = [];
  let fromMs = range.fromMs;
  for (const startMs of [...hourStartsMs].sort((a, b) => a - b)) {
    if (startMs > fromMs) gaps.push({ fromMs, toMs: startMs });
    fromMs = startMs + HOUR_MS;
  }
  if (range.toMs > fromMs) gaps.push({ fromMs, toMs: range.toMs });
  return gaps;
}
