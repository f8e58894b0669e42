import { Injectable } from '@nestjs/common';
import {
  toUsd,
  type CostAnalysis as CostAnalysisAnswer,
  type MoneySpent,
  type ServiceForecast,
  type ServiceName,
} from '@signalbox/contracts';
import { AnomalyStore, CostTallies, type CostTally } from '@signalbox/persistence';
import { ServiceForecasts } from './service-forecasts.js';

const MOST_LISTED = 200;

const NOT_MADE_YET: ServiceForecast = {
  spend: { day: null, month: null },
  load: null,
  backtests: { spendPerHour: null, callsPerHour: null },
  unavailable: 'not-made-yet',
};

/** Where the money goes, what of it is out of the ordinary, and where it will have gone. */
@Injectable()
export class CostAnalysis {
  constructor(
    private readonly costs: CostTallies,
    private readonly anomalies: AnomalyStore,
    private readonly forecasts: ServiceForecasts,
  ) {}

  async of(
    services: readonly ServiceName[],
    range: { fromMs: number; toMs: number },
  ): Promise<CostAnalysisAnswer> {
    const [all, anomalies, made] = await Promise.all([
      this.costs.between(range, services.length === 1 ? services[0]! : null),
      this.anomalies.list(range, services),
      this.forecasts.all(),
    ]);
    const tallies = all.filter(({ serviceName }) => services.includes(serviceName));
    const forecasts: Partial<Record<ServiceName, ServiceForecast>> = {};
    for (const service of services) forecasts[service] = made[service] ?? NOT_MADE_YET;
    const whole = tallies.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
    return {
      from: new Date(range.fromMs).toISOString(),
      to: new Date(range.toMs).toISOString(),
      costUsd: toUsd(whole),
      byService: Object.fromEntries(
        grouped(tallies, whole, ({ serviceName }) => [serviceName]).map(({ key, spent }) => [key[0]!, spent]),
      ),
      byNode: grouped(tallies, whole, ({ serviceName, nodeId }) => [serviceName, nodeId]).map(
        ({ key: [serviceName, nodeId], spent }) => ({
          serviceName: serviceName as ServiceName,
          nodeId: nodeId!,
          ...spent,
        }),
      ),
      byOperation: grouped(tallies, whole, ({ serviceName, operation }) => [serviceName, operation]).map(
        ({ key: [serviceName, operation], spent }) => ({
          serviceName: serviceName as ServiceName,
          operation: operation!,
          ...spent,
        }),
      ),
      byStrategy: grouped(tallies, whole, ({ serviceName, strategy }) => [serviceName, strategy]).map(
        ({ key: [serviceName, strategy], spent }) => ({
          serviceName: serviceName as ServiceName,
          strategy: strategy!,
          ...spent,
        }),
      ),
      anomalies,
      forecasts,
    };
  }
}

/** Dearest first. */
function grouped(
  tallies: readonly CostTally[],
  whole: number,
  keyOf: (tally: CostTally) => string[],
): { key: string[]; spent: MoneySpent }[] {
  const groups = new Map<string, { key: string[]; tallies: CostTally[] }>();
  for (const tally of tallies) {
    const key = keyOf(tally);
    const name = JSON.stringify(key);
    const group = groups.get(name) ?? { key, tallies: [] };
    group.tallies.push(tally);
    groups.set(name, group);
  }
  return [...groups.values()]
    .map((group) => ({ key: group.key, spent: spentOf(group.tallies, whole) }))
    .sort((a, b) => b.spent.costUsd - a.spent.costUsd || b.spent.calls - a.spent.calls)
    .slice(0, MOST_LISTED);
}

function spentOf(tallies: readonly CostTally[], whole: number): MoneySpent {
  const sum = (read: (tally: CostTally) => number) => tallies.reduce((all, tally) => all + read(tally), 0);
  const cost = sum(({ costMicroUsd }) => costMicroUsd);
  const settled = sum((tally) => tally.settled);
  const succeeded = sum((tally) => tally.succeeded);
  return {
    costUsd: toUsd(cost),
    share: whole === 0 ? null : Math.round((cost / whole) * 1_000_000) / 1_000_000,
    calls: sum(({ calls }) => calls),
    successRatio: settled === 0 ? null : Math.round((succeeded / settled) * 1_000_000) / 1_000_000,
    costPerSuccessUsd: succeeded === 0 ? null : toUsd(cost / succeeded),
  };
}
