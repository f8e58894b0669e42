import { toUsd, type MicroUsd, type ServiceSavings } from '@signalbox/contracts';

/** What was counted of one service's calls in a range. */
export interface SavingsCounts {
  /** Null when no call with an end is on record. */
  calls: { calls: number; costMicroUsd: MicroUsd; baselineMicroUsd: MicroUsd } | null;
  /** Null when no batch request ended. */
  batches: { requests: number; duplicates: number; aloneUnits: number; billableUnits: number } | null;
  /** What a unit costs at the primary node. */
  unitPriceMicroUsd: MicroUsd;
  /** Null when nothing was refused. */
  refused: { calls: number; estimateMicroUsd: MicroUsd } | null;
}

/**
 * Who saved what, one after the other, so that the parts add up to the whole: had every request been a call of its own
 * at the primary, it would have cost `alone units × price`. Deduplication saved the units of the requests that shared
 * another's answer (the mean request's, since what each duplicate would have been is not kept); batching the rest of
 * what was not billed; routing what the calls that were made cost less than the same calls, with the same ends, at the
 * primary's price.
 */
export function savingsOf({ calls, batches, unitPriceMicroUsd, refused }: SavingsCounts): ServiceSavings {
  const routing = calls === null ? null : calls.baselineMicroUsd - calls.costMicroUsd;
  let batching: number | null = null;
  let deduplication: number | null = null;
  if (batches !== null && batches.requests > 0) {
    const duplicateUnits = (batches.duplicates * batches.aloneUnits) / batches.requests;
    deduplication = Math.round(duplicateUnits * unitPriceMicroUsd);
    batching = Math.round((batches.aloneUnits - batches.billableUnits) * unitPriceMicroUsd) - deduplication;
  }
  const saved = calls === null ? null : (routing ?? 0) + (batching ?? 0) + (deduplication ?? 0);
  const baseline = calls === null || saved === null ? null : calls.costMicroUsd + saved;
  return {
    baselineUsd: usd(baseline),
    costUsd: usd(calls?.costMicroUsd ?? null),
    byCause: {
      routing: usd(routing),
      batching: usd(batching),
      deduplication: usd(deduplication),
      limiting: usd(refused?.estimateMicroUsd ?? null),
    },
    savedUsd: usd(saved),
    savedRatio:
      saved === null || baseline === null || baseline === 0
        ? null
        : Math.round((saved / baseline) * 1_000_000) / 1_000_000,
    calls: calls?.calls ?? 0,
    refusedCalls: refused?.calls ?? null,
  };
}

/** Sums over services; null where no service has anything. */
export function totalSavings(services: readonly ServiceSavings[]): ServiceSavings {
  const sum = (read: (one: ServiceSavings) => number | null): number | null => {
    const known = services.map(read).filter((value) => value !== null);
    return known.length === 0
      ? null
      : toUsd(known.reduce((all, value) => all + Math.round(value * 1_000_000), 0));
  };
  const [savedUsd, baselineUsd] = [sum((one) => one.savedUsd), sum((one) => one.baselineUsd)];
  const refused = services.map(({ refusedCalls }) => refusedCalls).filter((calls) => calls !== null);
  return {
    baselineUsd,
    costUsd: sum((one) => one.costUsd),
    byCause: {
      routing: sum((one) => one.byCause.routing),
      batching: sum((one) => one.byCause.batching),
      deduplication: sum((one) => one.byCause.deduplication),
      limiting: sum((one) => one.byCause.limiting),
    },
    savedUsd,
    savedRatio:
      savedUsd === null || baselineUsd === null || baselineUsd === 0
        ? null
        : Math.round((savedUsd / baselineUsd) * 1_000_000) / 1_000_000,
    calls: services.reduce((all, { calls }) => all + calls, 0),
    refusedCalls: refused.length === 0 ? null : refused.reduce((all, calls) => all + calls, 0),
  };
}

function usd(micro: MicroUsd | null): number | null {
  return micro === null ? null : toUsd(micro);
}
