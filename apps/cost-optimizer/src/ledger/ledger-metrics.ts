import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PERIOD_KINDS, type LedgerState, type Refusal, type Verdict } from '@signalbox/budgets';
import { toUsd, type ServiceName } from '@signalbox/contracts';
import { Metrics } from '@signalbox/platform';
import { ObservedLedger } from './observed-ledger.js';

/** What the ledger answers, and where it stands. */
@Injectable()
export class LedgerMetrics implements OnApplicationBootstrap {
  private readonly admissions;
  private readonly refusals;
  private readonly expired;
  private readonly open;
  private readonly money;

  constructor(
    private readonly ledger: ObservedLedger,
    metrics: Metrics,
  ) {
    this.admissions = metrics.counter({
      name: 'signalbox_admissions_total',
      help: 'Calls that asked to be admitted, by the verdict: admitted, refused, repeated',
      labelNames: ['service', 'verdict'],
    });
    this.refusals = metrics.counter({
      name: 'signalbox_admission_refusals_total',
      help: 'Rules that stood against a call; a rule in shadow refuses nothing',
      labelNames: ['service', 'rule', 'mode'],
    });
    this.expired = metrics.counter({
      name: 'signalbox_reservations_expired_total',
      help: 'Reservations and leases taken back because nothing settled them',
      labelNames: ['service'],
    });
    this.open = metrics.gauge({
      name: 'signalbox_reservations_open',
      help: 'Reservations that wait for an outcome, and leases: calls a second without one × RESERVATION_TTL_MS, in the long run',
      labelNames: ['service'],
    });
    this.money = metrics.gauge({
      name: 'signalbox_budget_usd',
      help: 'Where the running budgets stand: cap, spent, reserved',
      labelNames: ['service', 'period', 'part'],
    });
  }

  onApplicationBootstrap(): void {
    this.ledger.subscribe({
      answered: ({ serviceName }, verdict) => this.count(serviceName, verdict),
      swept: (service, { expired }) => this.expired.inc({ service }, expired),
      read: (state) => this.show(state),
    });
  }

  private count(service: ServiceName, { allowed, duplicate, refusedBy, wouldRefuse }: Verdict): void {
    const verdict = !allowed ? 'refused' : duplicate ? 'repeated' : 'admitted';
    this.admissions.inc({ service, verdict });
    const refused = (rules: readonly Refusal[], mode: 'enforced' | 'shadow') => {
      for (const rule of rules) this.refusals.inc({ service, rule, mode });
    };
    refused(refusedBy, 'enforced');
    refused(wouldRefuse, 'shadow');
  }

  private show({ serviceName: service, openReservations, budget }: LedgerState): void {
    this.open.set({ service }, openReservations);
    for (const period of PERIOD_KINDS) {
      const { capMicroUsd, spentMicroUsd, reservedMicroUsd } = budget[period];
      const parts = { cap: capMicroUsd, spent: spentMicroUsd, reserved: reservedMicroUsd };
      for (const [part, microUsd] of Object.entries(parts)) {
        this.money.set({ service, period, part }, toUsd(microUsd));
      }
    }
  }
}
