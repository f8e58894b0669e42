import { Injectable } from '@nestjs/common';
import type { DecisionRequest } from '@signalbox/contracts';
import { RoutingEngine, type Routed, type Refused } from '@signalbox/routing';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { OverrideLedger } from '../emergency-override/override-ledger.js';
import { TrafficHolds } from '../recovery/traffic-holds.js';
import { CoordinationIds } from './coordination-ids.js';
import { routeRequestOf } from './route-request.js';

export type RoutedCall = { coordinationId: string } & (
  { routing: Refused } | { routing: Routed; overrideId: string | null }
);

/** Puts one call to the engine, under what recoveries hold over traffic and what an override allows. */
@Injectable()
export class RouteCall {
  constructor(
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    private readonly holds: TrafficHolds,
    private readonly overrides: OverrideLedger,
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
    const routing = this.engine.decide(held === null ? asked : { ...asked, strategy: held });
    if (routing.kind === 'refused') return { coordinationId, routing };
    const drew = routing.overrideDrawMicroUsd > 0;
    const overrideId = drew ? (this.overrides.activeOf(serviceName)?.state.terms.overrideId ?? null) : null;
    return { coordinationId, routing, overrideId };
  }
}
