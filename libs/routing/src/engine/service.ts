import type { MicroUsd, ServiceConfig, ServiceName, StrategyName } from '@signalbox/contracts';
import type { Clock, Rng } from '@signalbox/statistics';
import { routeNodeOf } from '../node.js';
import type { Policy } from '../policies/policy.js';
import { policyOf } from '../policies/registry.js';
import { Throughput } from '../facts/throughput.js';
import type { FailurePredictor } from '../predictor.js';
import { Circuits } from './circuits.js';
import type { EngineListener } from './engine-listener.js';
import { Gossip } from './gossip.js';
import { LiveNode } from './live-node.js';
import { OverrideAllowance } from './override-allowance.js';
import { TicketRegister } from './ticket-register.js';

export interface ServiceDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly replicaId: string;
  readonly listener: EngineListener;
  readonly predictor: FailurePredictor;
}

/** Everything the engine holds about one service. What happens to it is in the files named for it. */
export class Service {
  readonly circuits: Circuits;
  readonly gossip: Gossip;
  readonly allowance = new OverrideAllowance();
  readonly throughput = new Throughput();
  readonly tickets = new TicketRegister(({ node }) => node.facts.settled());
  nodes: readonly LiveNode[] = [];
  /** What a call costs on the primary node: the baseline that savings are measured from. */
  primaryCostMicroUsd: MicroUsd = 0;
  lastDecidedAtMs = -Infinity;
  lastObservedAtMs = -Infinity;
  #byId = new Map<string, LiveNode>();
  #policies: Partial<Record<StrategyName, Policy>> = {};

  constructor(
    public config: ServiceConfig,
    private readonly deps: ServiceDeps,
  ) {
    this.circuits = new Circuits(config.serviceName, config.thresholds, deps.rng, deps.listener);
    this.gossip = new Gossip(config.serviceName, deps.replicaId);
    this.configure(config);
  }

  get name(): ServiceName {
    return this.config.serviceName;
  }

  /** Takes over a new configuration. Nodes that stay keep their facts, circuits and calls in flight. */
  configure(config: ServiceConfig): void {
    const { thresholds } = config;
    this.config = config;
    this.circuits.thresholds = thresholds;
    this.nodes = config.nodes.map((nodeConfig, index) => {
      const node = routeNodeOf(nodeConfig);
      const known = this.#byId.get(node.nodeId);
      known?.reconfigure(node, index, thresholds);
      return known ?? new LiveNode(node, index, thresholds, this.deps.clock.nowMs());
    });
    this.#byId = new Map(this.nodes.map((live) => [live.node.nodeId, live]));
    const primary = this.nodes.find(({ node }) => node.role === 'primary') ?? this.nodes[0];
    this.primaryCostMicroUsd = primary?.node.costMicroUsd ?? 0;
    // Policies number the nodes of one configuration.
    this.#policies = {};
  }

  node(nodeId: string): LiveNode | undefined {
    return this.#byId.get(nodeId);
  }

  /** One policy per strategy in use: what it remembers lasts from decision to decision. */
  policy(strategy: StrategyName): Policy {
    return (this.#policies[strategy] ??= policyOf(strategy, {
      serviceName: this.name,
      nodeCount: this.nodes.length,
      rng: this.deps.rng,
      predictor: this.deps.predictor,
    }));
  }
}
