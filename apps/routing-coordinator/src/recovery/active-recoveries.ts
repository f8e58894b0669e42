import { Injectable } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import {
  RoutingEngine,
  holdsOf,
  type RecoveryAct,
  type RecoveryActivation,
  type RecoveryHold,
} from '@signalbox/routing';
import { TrafficHolds } from './traffic-holds.js';

/** A running recovery as it is shared between replicas. */
export interface SharedRecovery {
  activation: RecoveryActivation;
  /** The error event that began it; null for a plan that followed another. */
  triggerEventId: string | null;
}

/** The recoveries that run in the fleet, and their effects on this replica. */
@Injectable()
export class ActiveRecoveries {
  private readonly running = new Map<ServiceName, SharedRecovery>();
  /** The newest step whose acts were done here, per activation: a step is entered once however often it is heard of. */
  private readonly entered = new Map<ServiceName, string>();

  constructor(
    private readonly engine: RoutingEngine,
    private readonly holds: TrafficHolds,
  ) {}

  isRecovering(service: ServiceName): boolean {
    return this.running.has(service);
  }

  of(service: ServiceName): SharedRecovery | undefined {
    return this.running.get(service);
  }

  all(): SharedRecovery[] {
    return [...this.running.values()];
  }

  /** Takes the newest state of a service's recovery, as this replica or another one wrote it. */
  apply(recovery: SharedRecovery): void {
    const { activation } = recovery;
    const service = activation.plan.serviceName;
    this.holds.set(`recovery:${service}`, holdsOf(activation));
    this.engine.limitShares(service, shareLimitsOf(holdsOf(activation)));
    if (activation.state.kind === 'ended') {
      this.running.delete(service);
      this.entered.delete(service);
      return;
    }
    this.running.set(service, recovery);
    const step = `${activation.activationId}:${activation.state.step}`;
    if (this.entered.get(service) === step) return;
    this.entered.set(service, step);
    for (const act of activation.plan.steps[activation.state.step]?.acts ?? []) this.weigh(act);
  }

  /** Pressure on nodes is each replica's own to apply; the other acts are told to the world once, by who advanced it. */
  private weigh(act: RecoveryAct): void {
    if (act.kind !== 'weigh_nodes') return;
    this.engine.recordError({
      serviceName: act.serviceName,
      severity: act.severity,
      failedNodeIds: [...act.nodeIds],
    });
  }
}

function shareLimitsOf(holds: readonly RecoveryHold[]): Map<string, number> {
  const limits = new Map<string, number>();
  for (const hold of holds) {
    if (hold.kind !== 'limit_share') continue;
    for (const nodeId of hold.nodeIds) limits.set(nodeId, hold.shareRatio);
  }
  return limits;
}
