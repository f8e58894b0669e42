import { Inject, Injectable } from '@nestjs/common';
import {
  toMicroUsd,
  type CostSavings as CostSavingsAnswer,
  type ServiceName,
  type ServiceSavings,
} from '@signalbox/contracts';
import {
  BatchStatistics,
  CatalogStore,
  ConfigStore,
  CostTallies,
  RefusalTallies,
} from '@signalbox/persistence';
import { savingsOf, totalSavings, type SavingsCounts } from './service-savings.js';

const HOUR_MS = 3_600_000;
const BASELINE =
  'every request a call of its own to the primary node of its service, with the same end; limiting is told beside: ' +
  'what was refused was not served';

/** What was saved against the baseline, by cause, from recorded calls and from the sums that batches leave. */
@Injectable()
export class CostSavings {
  private readonly catalog: CatalogStore;

  constructor(
    private readonly costs: CostTallies,
    private readonly batches: BatchStatistics,
    private readonly refusals: RefusalTallies,
    @Inject(ConfigStore) configs: ConfigStore,
  ) {
    this.catalog = new CatalogStore(configs);
  }

  async of(
    services: readonly ServiceName[],
    range: { fromMs: number; toMs: number },
  ): Promise<CostSavingsAnswer> {
    // Batches and refusals are summed by hour: those that begin in the range, and the one it begins in.
    const hours = { fromMs: Math.floor(range.fromMs / HOUR_MS) * HOUR_MS, toMs: range.toMs };
    const [tallies, batches, refusals, catalog] = await Promise.all([
      this.costs.between(range, services.length === 1 ? services[0]! : null),
      this.batches.sums(hours.fromMs, hours.toMs),
      this.refusals.between(hours),
      this.catalog.loadAll(),
    ]);
    const shown: Partial<Record<ServiceName, ServiceSavings>> = {};
    for (const service of services) {
      const own = tallies.filter(({ serviceName }) => serviceName === service);
      const sum = (read: (tally: (typeof own)[number]) => number) =>
        own.reduce((all, tally) => all + read(tally), 0);
      const config = catalog.find((live) => live.service.serviceName === service)?.service;
      const primary = config?.nodes.find(({ role }) => role === 'primary');
      const counts: SavingsCounts = {
        calls:
          own.length === 0
            ? null
            : {
                calls: sum(({ calls }) => calls),
                costMicroUsd: sum(({ costMicroUsd }) => costMicroUsd),
                baselineMicroUsd: sum(({ baselineMicroUsd }) => baselineMicroUsd),
              },
        batches: batches.find(({ serviceName }) => serviceName === service) ?? null,
        unitPriceMicroUsd: toMicroUsd(primary?.costPerRequestUsd ?? 0),
        refused: refusals.find(({ serviceName }) => serviceName === service) ?? null,
      };
      shown[service] = savingsOf(counts);
    }
    return {
      from: new Date(range.fromMs).toISOString(),
      to: new Date(range.toMs).toISOString(),
      baseline: BASELINE,
      total: totalSavings(Object.values(shown)),
      services: shown,
    };
  }
}
