import type {
  AdmissionLedger,
  AdmissionRequest,
  BudgetAlert,
  CommitOrder,
  LeaseGrant,
  LeaseOrder,
  LedgerState,
  ReservationRef,
  Settlement,
  Sweep,
  TransferOrder,
  Verdict,
} from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';

export interface LedgerListener {
  /** Something about the service's counts has changed. */
  moved?(service: ServiceName): void;
  /** Alerts that were decided by a step that is in the journal. */
  alerted?(alerts: readonly BudgetAlert[]): void;
  /** An answer to a call that asked before it was made. */
  answered?(request: AdmissionRequest, verdict: Verdict): void;
  swept?(service: ServiceName, sweep: Sweep): void;
  read?(state: LedgerState): void;
}

/**
 * The ledger as this app uses it: every step goes on to those who tell the world of it, once it is done and without
 * waiting for them.
 */
export class ObservedLedger {
  private readonly listeners: LedgerListener[] = [];

  constructor(private readonly ledger: AdmissionLedger) {}

  subscribe(listener: LedgerListener): void {
    this.listeners.push(listener);
  }

  async admit(request: AdmissionRequest): Promise<Verdict> {
    const verdict = await this.ledger.admit(request);
    for (const listener of this.listeners) {
      if (request.force !== true) listener.answered?.(request, verdict);
    }
    this.told(request.serviceName, verdict);
    return verdict;
  }

  async transfer(order: TransferOrder): Promise<Verdict> {
    const verdict = await this.ledger.transfer(order);
    this.told(order.serviceName, verdict);
    return verdict;
  }

  async lease(order: LeaseOrder): Promise<LeaseGrant> {
    const grant = await this.ledger.lease(order);
    for (const listener of this.listeners) listener.moved?.(order.serviceName);
    return grant;
  }

  async commit(order: CommitOrder): Promise<Settlement> {
    const settlement = await this.ledger.commit(order);
    this.told(order.serviceName, settlement);
    return settlement;
  }

  async release(order: ReservationRef): Promise<Settlement> {
    const settlement = await this.ledger.release(order);
    this.told(order.serviceName, settlement);
    return settlement;
  }

  async sweep(service: ServiceName): Promise<Sweep> {
    const sweep = await this.ledger.sweep(service);
    this.told(service, { movements: sweep.movements, alerts: sweep.untoldAlerts });
    for (const listener of this.listeners) listener.swept?.(service, sweep);
    return sweep;
  }

  alertsTold(service: ServiceName, alertIds: readonly string[]): Promise<void> {
    return this.ledger.alertsTold(service, alertIds);
  }

  async state(service: ServiceName): Promise<LedgerState> {
    const state = await this.ledger.state(service);
    for (const listener of this.listeners) listener.read?.(state);
    return state;
  }

  private told(
    service: ServiceName,
    { movements, alerts }: { movements: readonly unknown[]; alerts: readonly BudgetAlert[] },
  ): void {
    for (const listener of this.listeners) {
      if (movements.length > 0) listener.moved?.(service);
      if (alerts.length > 0) listener.alerted?.(alerts);
    }
  }
}
