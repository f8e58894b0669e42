import {
  SignalboxError,
  type NodeStatsDelta,
  type ServiceConfig,
  type ServiceName,
} from '@signalbox/contracts';
import type { CircuitState } from '../circuit/circuit.js';
import { OnlineFailurePredictor } from '../predictive/index.js';
import type { FailurePredictor } from '../predictor.js';
import type {
  ErrorSignal,
  InFlightTicket,
  OverrideGrant,
  RouteOutcome,
  RouteRequest,
  RouteResult,
} from '../route.js';
import { decide, preview } from './decide.js';
import type { LiveNode } from './live-node.js';
import type { ServiceView } from './service-view.js';
import { Service, type ServiceDeps } from './service.js';
import { takeError, takeOutcome, takePeerDelta, type OutcomeResult } from './take-facts.js';
import { nodesToProbe, upkeep } from './upkeep.js';
import { viewOf } from './view-of.js';

export type EngineDeps = Omit<ServiceDeps, 'predictor'> & { readonly predictor?: FailurePredictor };

/**
 * One replica's routing: facts in, decisions out. Synchronous, in memory, and without a clock or a timer of its
 * own: the owner calls `tick` about every 100 ms. A service or node that is not configured makes the calls
 * about it throw UNKNOWN_SERVICE or UNKNOWN_NODE, except where facts arrive from outside, which are ignored.
 */
export class RoutingEngine {
  readonly #deps: ServiceDeps;
  readonly #services = new Map<ServiceName, Service>();
  #revoked: ReadonlySet<string> = new Set();
  #warned: ReadonlySet<ServiceName> = new Set();

  constructor(deps: EngineDeps) {
    this.#deps = { ...deps, predictor: deps.predictor ?? new OnlineFailurePredictor() };
  }

  /** Adds or replaces a service. Nodes that stay keep their facts, circuits and calls in flight. */
  configure(config: ServiceConfig): void {
    const service = this.#services.get(config.serviceName);
    if (service === undefined) this.#services.set(config.serviceName, new Service(config, this.#deps));
    else service.configure(config);
    this.#applyRevoked();
    this.#applyWarned();
  }

  /** Chooses a node; when routed, the call counts as in flight until its outcome or the end of its lease. */
  decide(request: RouteRequest): RouteResult {
    return decide(this.#service(request.serviceName), request, this.#nowMs(), this.#deps.rng);
  }

  /** Where such a call would go now; it is not made, and nothing is taken for it. */
  preview(request: RouteRequest): RouteResult {
    return preview(this.#service(request.serviceName), request, this.#nowMs(), this.#deps.rng);
  }

  recordOutcome(report: RouteOutcome): OutcomeResult {
    const service = this.#services.get(report.serviceName);
    return service === undefined ? 'unknown_node' : takeOutcome(service, report, this.#nowMs());
  }

  recordError(signal: ErrorSignal): void {
    const service = this.#services.get(signal.serviceName);
    if (service !== undefined) takeError(service, signal, this.#nowMs());
  }

  /** A failed check weighs like an error event of medium severity, here and, by gossip, everywhere. */
  recordHealthCheck(serviceName: ServiceName, nodeId: string, healthy: boolean): void {
    if (!healthy) this.#node(serviceName, nodeId).facts.healthCheckFailed(this.#nowMs());
  }

  /** What the other replicas do not know yet; null when nothing. Send it: it is not given again. */
  takeDelta(serviceName: ServiceName): NodeStatsDelta | null {
    const service = this.#service(serviceName);
    return service.gossip.take(service.nodes, this.#nowMs());
  }

  applyDelta(delta: NodeStatsDelta): void {
    const service = this.#services.get(delta.serviceName);
    if (service !== undefined) takePeerDelta(service, delta, this.#nowMs());
  }

  /** A circuit's state as the fleet has it. Older states are ignored; the listener hears of no change by it. */
  applyCircuit(serviceName: ServiceName, nodeId: string, circuit: CircuitState): void {
    const service = this.#services.get(serviceName);
    const live = service?.node(nodeId);
    if (live !== undefined) service?.circuits.adopt(live, circuit, this.#nowMs());
  }

  /** Opens by hand until reset. A last resort still goes there when nothing else is left: to forbid that, drain. */
  forceOpen(serviceName: ServiceName, nodeId: string, reason: string): void {
    const live = this.#node(serviceName, nodeId);
    this.#service(serviceName).circuits.forceOpen(live, reason, this.#nowMs());
  }

  /** Closes by hand; the node returns by slow start. Nothing happens to a closed circuit. */
  resetCircuit(serviceName: ServiceName, nodeId: string, reason: string): void {
    const live = this.#node(serviceName, nodeId);
    this.#service(serviceName).circuits.reset(live, reason, this.#nowMs());
  }

  /** Half-open nodes that this replica could probe, had it the fleet's lease. */
  probesWanted(): { serviceName: ServiceName; nodeId: string }[] {
    const nowMs = this.#nowMs();
    return [...this.#services.values()].flatMap((service) =>
      nodesToProbe(service, nowMs).map(({ node }) => ({ serviceName: service.name, nodeId: node.nodeId })),
    );
  }

  /** This replica holds the probe lease of the node. It ends with `probeEnded`, at once if nothing is to be probed. */
  grantProbe(serviceName: ServiceName, nodeId: string, leaseId: string, expiresAtMs: number): void {
    const live = this.#node(serviceName, nodeId);
    this.#service(serviceName).circuits.grantProbe(live, leaseId, expiresAtMs, this.#nowMs());
  }

  /** Ends leases, lets circuits be probed, forgets silent replicas, feeds the predictor once a second. */
  tick(): void {
    const nowMs = this.#nowMs();
    for (const service of this.#services.values()) upkeep(service, this.#deps.predictor, nowMs);
  }

  /** The nodes, by id and of any service, whose credentials are revoked; replaces the last set. */
  setRevoked(nodeIds: ReadonlySet<string>): void {
    this.#revoked = nodeIds;
    this.#applyRevoked();
  }

  /** Nodes of the service, by id, that get at most this share (0..1) of their ordinary traffic; replaces the last limits. */
  limitShares(serviceName: ServiceName, limits: ReadonlyMap<string, number>): void {
    for (const { node, facts } of this.#service(serviceName).nodes) {
      facts.limitShare(limits.get(node.nodeId) ?? 1);
    }
  }

  /** The services that a cascade may reach: their circuits trip at half the usual run; replaces the last set. */
  setWarned(serviceNames: ReadonlySet<ServiceName>): void {
    this.#warned = serviceNames;
    this.#applyWarned();
  }

  /** What this replica may still draw on the service's emergency override; null ends it. */
  setOverride(serviceName: ServiceName, grant: OverrideGrant | null): void {
    this.#service(serviceName).allowance.set(grant);
  }

  view(serviceName: ServiceName): ServiceView {
    return viewOf(this.#service(serviceName), this.#nowMs());
  }

  /** This replica's calls that are decided and not reported, oldest first. */
  inFlight(serviceName?: ServiceName): InFlightTicket[] {
    if (serviceName !== undefined) return this.#service(serviceName).tickets.inFlight();
    return [...this.#services.values()]
      .flatMap(({ tickets }) => tickets.inFlight())
      .sort((a, b) => a.decidedAtMs - b.decidedAtMs);
  }

  #applyRevoked(): void {
    for (const { nodes } of this.#services.values()) {
      for (const live of nodes) live.isRevoked = this.#revoked.has(live.node.nodeId);
    }
  }

  #applyWarned(): void {
    for (const service of this.#services.values()) service.circuits.isWarned = this.#warned.has(service.name);
  }

  #nowMs(): number {
    return this.#deps.clock.nowMs();
  }

  #service(serviceName: ServiceName): Service {
    const service = this.#services.get(serviceName);
    if (service === undefined) throw new SignalboxError('UNKNOWN_SERVICE', `no service ${serviceName}`);
    return service;
  }

  #node(serviceName: ServiceName, nodeId: string): LiveNode {
    const live = this.#service(serviceName).node(nodeId);
    if (live === undefined) throw new SignalboxError('UNKNOWN_NODE', `${serviceName} has no node ${nodeId}`);
    return live;
  }
}
