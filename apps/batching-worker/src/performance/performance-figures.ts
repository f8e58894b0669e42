import { Inject, Injectable } from '@nestjs/common';
import {
  SERVICE_NAMES,
  SignalboxError,
  toUsd,
  type BatchingFigures,
  type BatchingPerformance,
  type RangeQuery,
  type ServiceName,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { BatchStatistics, type BatchSums, type WaitFigures } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 24;
const MOST_HOURS = 31 * 24;

/** What batching saved, measured over whole hours. */
@Injectable()
export class PerformanceFigures {
  constructor(
    private readonly statistics: BatchStatistics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Of the `services`, in the last 24 hours unless the range says otherwise.
   * @throws SignalboxError VALIDATION_FAILED for a range that is none or too long
   */
  async of(services: readonly ServiceName[], range: RangeQuery = {}): Promise<BatchingPerformance> {
    const { fromMs, toMs } = this.hoursOf(range);
    const [allSums, allWaits] = await Promise.all([
      this.statistics.sums(fromMs, toMs),
      this.statistics.waits(fromMs, toMs),
    ]);
    const sums = allSums.filter(({ serviceName }) => services.includes(serviceName));
    const waits = allWaits.filter(({ serviceName }) => services.includes(serviceName));
    const byService = Object.fromEntries(
      SERVICE_NAMES.map((name) => {
        const own = sums.filter(({ serviceName }) => serviceName === name);
        const ownWaits = waits.filter(({ serviceName }) => serviceName === name);
        return [name, figuresOf(own, ownWaits)];
      }),
    ) as BatchingPerformance['services'];
    // Quantiles of several services cannot be added up: the total shows waits where one service alone was measured.
    const measured = new Set(waits.map(({ serviceName }) => serviceName));
    return {
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      total: figuresOf(sums, measured.size === 1 ? waits : []),
      services: byService,
    };
  }

  private hoursOf({ from, to }: RangeQuery): { fromMs: number; toMs: number } {
    const untilMs = to === undefined ? this.clock.nowMs() : Date.parse(to);
    const toMs = Math.ceil((untilMs + 1) / HOUR_MS) * HOUR_MS;
    const fromMs =
      from === undefined ? toMs - DEFAULT_HOURS * HOUR_MS : Math.floor(Date.parse(from) / HOUR_MS) * HOUR_MS;
    if (
      Number.isNaN(fromMs) ||
      Number.isNaN(toMs) ||
      fromMs >= toMs ||
      toMs - fromMs > MOST_HOURS * HOUR_MS
    ) {
      const fields = [{ path: 'from', message: `must be before to, at most ${MOST_HOURS} hours` }];
      throw new SignalboxError('VALIDATION_FAILED', 'from and to are not a range', { fields });
    }
    return { fromMs, toMs };
  }
}

function figuresOf(rows: readonly BatchSums[], waits: readonly WaitFigures[]): BatchingFigures | null {
  if (rows.length === 0) return null;
  const sum = (read: (row: BatchSums) => number) => rows.reduce((total, row) => total + read(row), 0);
  const requestsIn = sum((row) => row.requests);
  const requestsSent = sum((row) => row.calls);
  const requestsSaved = sum((row) => row.carried) - requestsSent;
  const waitOf = (priority: WaitFigures['priority']) => {
    const found = waits.find((one) => one.priority === priority);
    if (found === undefined) return null;
    const { requests, meanMs, p50Ms, p99Ms } = found;
    return { requests, mean: rounded(meanMs), p50: rounded(p50Ms), p99: rounded(p99Ms) };
  };
  return {
    requestsIn,
    succeeded: sum((row) => row.succeeded),
    failed: sum((row) => row.failed),
    dead: sum((row) => row.dead),
    requestsSent,
    requestsSaved,
    reduction: requestsIn === 0 ? null : requestsSaved / requestsIn,
    duplicatesRemoved: sum((row) => row.duplicates),
    billableUnits: sum((row) => row.billableUnits),
    billableUnitsSaved: sum((row) => row.aloneUnits) - sum((row) => row.billableUnits),
    retries: sum((row) => row.retries),
    bisections: sum((row) => row.bisections),
    costUsd: toUsd(sum((row) => row.costMicroUsd)),
    waitMs: {
      CRITICAL: waitOf('CRITICAL'),
      HIGH: waitOf('HIGH'),
      MEDIUM: waitOf('MEDIUM'),
      LOW: waitOf('LOW'),
    },
  };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
