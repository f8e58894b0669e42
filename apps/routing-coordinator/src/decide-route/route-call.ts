import { Injectable } from '@nestjs/common';
import type { DecisionRequest } from '@signalbox/contracts';
import { RoutingEngine, type Routed, type Refused } from '@signalbox/routing';
import { BudgetGate } from '../budget-gate/budget-gate.js';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { OverrideLedger } from '../emergency-override/override-ledger.js';
import { TrafficHolds } from '../recovery/traffic-holds.js';
import { CoordinationIds } from './coordination-ids.js';
import { routeRequestOf } from './route-request.js';

export type RoutedCall = { coordinationId: string } & (
  { routing: Refused } | { routing: Routed; overrideId: string | null; leaseId: string | null }
);

/** Puts one call to the engine, under what recoveries hold over traffic and what budget and override allow. */
@Injectable()
export class RouteCall {
  constructor(
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    private readonly holds: TrafficHolds,
    private readonly overrides: OverrideLedger,
    private readonly budgets: BudgetGate,
    private readonly ids: CoordinationIds,
  ) {}

  /** @throws SignalboxError TRAFFIC_SHED; DEPENDENCY_UNAVAILABLE before the first configuration has arrived */
  route(request: DecisionRequest): RoutedCall {
    const { serviceName } = request;
    this.catalog.get(serviceName);
    const coordinationId = this.ids.next('coordination');
    const asked = routeRequestOf(request, coordinationId);
    this.holds.admit(serviceName, asked.priority);
    const held = asked.strategy === undefined ? this.holds.strategyFor(serviceName) : null;
    // Paid for already where the caller says by what.
    const isPaid = request.reservationId !== undefined;
    const allowed = isPaid ? null : this.budgets.allow(serviceName, asked.priority, coordinationId);
    const routing = this.engine.decide({
      ...asked,
      ...(held === null ? {} : { strategy: held }),
      remainingBudgetMicroUsd: least(asked.remainingBudgetMicroUsd, allowed),
    });
    if (routing.kind === 'refused') return { coordinationId, routing };
    const { leaseId } = isPaid
      ? { leaseId: null }
      : this.budgets.pay(serviceName, routing.chosen.node.costMicroUsd - routing.overrideDrawMicroUsd);
    const drew = routing.overrideDrawMicroUsd > 0;
    const overrideId = drew ? (this.overrides.activeOf(serviceName)?.state.terms.overrideId ?? null) : null;
    return { coordinationId, routing, overrideId, leaseId };
  }
}

function least(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
