import { Inject, Injectable } from '@nestjs/common';
import type { BudgetUse, LedgerState } from '@signalbox/budgets';
import {
  toUsd,
  type BudgetPeriod,
  type CostMonitoring as CostMonitoringAnswer,
  type CostPeriod,
  type ServiceCosts,
  type ServiceName,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import type { Clock } from '@signalbox/statistics';
import { budgetBandOf } from '../admit-call/admission-answer.js';
import { ObservedLedger } from '../ledger/observed-ledger.js';
import { LiveRules } from '../rules/live-rules.js';
import { SpendProjections, type Projected } from './spend-projections.js';

type PeriodOf = Record<BudgetPeriod, Projected>;

/** What is spent, of what, and what it will have come to when the day and the month are over. */
@Injectable()
export class CostMonitoring {
  constructor(
    private readonly ledger: ObservedLedger,
    private readonly rules: LiveRules,
    private readonly projections: SpendProjections,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async of(services: readonly ServiceName[]): Promise<CostMonitoringAnswer> {
    const states = await Promise.all(services.map((service) => this.ledger.state(service)));
    const projected = await Promise.all(states.map((state) => this.projections.of(state)));
    return {
      asOf: new Date(this.clock.nowMs()).toISOString(),
      services: states.map((state, index) => this.costsOf(state, projected[index]!)),
      total: await this.totalOf(states),
    };
  }

  private costsOf(state: LedgerState, projected: PeriodOf): ServiceCosts {
    const { serviceName, budget, openReservations } = state;
    const { shadow, timeZone } = this.rules.of(serviceName).budget;
    const period = (kind: BudgetPeriod) => ({
      periodKey: budget[kind].key,
      ...costPeriod(budget[kind], projected[kind]),
      renewsAt: new Date(budget[kind].renewsAtMs).toISOString(),
    });
    return {
      ...{ serviceName, band: budgetBandOf(budget), shadow: shadow ?? false, timeZone, openReservations },
      ...{ day: period('day'), month: period('month') },
    };
  }

  private async totalOf(states: readonly LedgerState[]): Promise<CostMonitoringAnswer['total']> {
    const projected = await this.projections.total(states);
    const total = (kind: BudgetPeriod): CostPeriod => {
      const sum = (read: (use: BudgetUse) => number) =>
        states.reduce((all, { budget }) => all + read(budget[kind]), 0);
      const capMicroUsd = sum((use) => use.capMicroUsd);
      const spentMicroUsd = sum((use) => use.spentMicroUsd);
      const reservedMicroUsd = sum((use) => use.reservedMicroUsd);
      const used = spentMicroUsd + reservedMicroUsd;
      const utilisation = capMicroUsd === 0 ? (used === 0 ? 0 : 1) : used / capMicroUsd;
      return costPeriod({ capMicroUsd, spentMicroUsd, reservedMicroUsd, utilisation }, projected[kind]);
    };
    return { day: total('day'), month: total('month') };
  }
}

function costPeriod(
  use: Pick<BudgetUse, 'capMicroUsd' | 'spentMicroUsd' | 'reservedMicroUsd' | 'utilisation'>,
  { projection, projectionUnavailable }: Projected,
): CostPeriod {
  return {
    capUsd: toUsd(use.capMicroUsd),
    spentUsd: toUsd(use.spentMicroUsd),
    reservedUsd: toUsd(use.reservedMicroUsd),
    utilization: Math.round(use.utilisation * 1_000_000) / 1_000_000,
    projection,
    projectionUnavailable,
  };
}
