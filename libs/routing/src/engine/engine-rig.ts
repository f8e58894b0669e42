import type { NodeStatsDelta, OutcomeKind, ServiceConfig } from '@signalbox/contracts';
import { seededRandom, type Clock } from '@signalbox/statistics';
import type { FailurePredictor } from '../predictor.js';
import type { Refused, RouteOutcome, RouteRequest, Routed } from '../route.js';
import type { CircuitChange, ProbeOutcome } from './engine-listener.js';
import { RoutingEngine } from './routing-engine.js';
import type { NodeView } from './service-view.js';

interface RigOptions {
  replicaId?: string;
  seed?: number;
  predictor?: FailurePredictor;
}

/** A replica of one service for tests: decides, reports, and keeps what the listener was told. */
export class EngineRig {
  readonly engine: RoutingEngine;
  readonly changes: CircuitChange[] = [];
  readonly probesEnded: { nodeId: string; leaseId: string; outcome: ProbeOutcome }[] = [];
  readonly #replicaId: string;
  #calls = 0;

  constructor(
    clock: Clock,
    readonly config: ServiceConfig,
    { replicaId = 'replica-a', seed = 1, predictor }: RigOptions = {},
  ) {
    this.#replicaId = replicaId;
    this.engine = new RoutingEngine({
      clock,
      rng: seededRandom(seed),
      replicaId,
      listener: {
        circuitChanged: (change) => this.changes.push(change),
        probeEnded: (_service, nodeId, leaseId, outcome) =>
          this.probesEnded.push({ nodeId, leaseId, outcome }),
      },
      predictor,
    });
    this.engine.configure(config);
  }

  request(overrides: Partial<RouteRequest> = {}): RouteRequest {
    this.#calls++;
    return {
      serviceName: this.config.serviceName,
      coordinationId: `${this.#replicaId}-call-${this.#calls}`,
      priority: null,
      region: null,
      costLimitMicroUsd: null,
      remainingBudgetMicroUsd: null,
      targetLatencyMs: null,
      valueMicroUsd: null,
      ...overrides,
    };
  }

  /** A decision that must find a node. */
  route(overrides: Partial<RouteRequest> = {}): Routed & { coordinationId: string; nodeId: string } {
    const request = this.request(overrides);
    const result = this.engine.decide(request);
    if (result.kind === 'refused') throw new Error(`refused: ${JSON.stringify(result)}`);
    return { ...result, coordinationId: request.coordinationId, nodeId: result.chosen.node.nodeId };
  }

  /** A decision that must not find one. */
  refuse(overrides: Partial<RouteRequest> = {}): Refused {
    const result = this.engine.decide(this.request(overrides));
    if (result.kind === 'routed') throw new Error(`routed: ${JSON.stringify(result)}`);
    return result;
  }

  /** Reports an outcome; by default of a call that some other replica decided. */
  report(nodeId: string, outcome: OutcomeKind, overrides: Partial<RouteOutcome> = {}) {
    this.#calls++;
    return this.engine.recordOutcome({
      serviceName: this.config.serviceName,
      nodeId,
      coordinationId: `${this.#replicaId}-foreign-${this.#calls}`,
      outcome,
      latencyMs: 100,
      ...overrides,
    });
  }

  reportTimes(times: number, nodeId: string, outcome: OutcomeKind): void {
    for (let i = 0; i < times; i++) this.report(nodeId, outcome);
  }

  /** Decides a call and reports its outcome; the node it went to. */
  call(outcomeAt: (nodeId: string) => OutcomeKind, overrides: Partial<RouteRequest> = {}): string {
    const { nodeId, coordinationId } = this.route(overrides);
    this.report(nodeId, outcomeAt(nodeId), { coordinationId });
    return nodeId;
  }

  view(nodeId: string): NodeView {
    const view = this.engine.view(this.config.serviceName).nodes.find(({ node }) => node.nodeId === nodeId);
    if (view === undefined) throw new Error(`no node ${nodeId}`);
    return view;
  }

  /** What this replica would send now, through JSON as over the wire. */
  takeDelta(): NodeStatsDelta | null {
    const delta = this.engine.takeDelta(this.config.serviceName);
    return delta && (JSON.parse(JSON.stringify(delta)) as NodeStatsDelta);
  }
}
