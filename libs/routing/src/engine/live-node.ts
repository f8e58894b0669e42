import type { ExclusionReason, Thresholds } from '@signalbox/contracts';
import { NEVER_TRIPPED, type CircuitState } from '../circuit/circuit.js';
import { NodeFacts, type NodeReading } from '../facts/node-facts.js';
import { RequestPace } from '../facts/request-pace.js';
import type { RouteNode } from '../node.js';
import type { Candidate } from '../policies/policy.js';
import type { NodeFeatures } from '../predictor.js';
import type { Exclusion } from '../route.js';

/** A configured node with all that is known of it now. Survives changes of its configuration. */
export class LiveNode implements Candidate {
  readonly facts: NodeFacts;
  readonly pace = new RequestPace();
  circuit: CircuitState = NEVER_TRIPPED;
  isRevoked = false;
  reading: NodeReading;
  score = 0;
  mean = 0;
  sd = 0;
  isHeldBack = false;
  #readAtMs: number;
  /** The last exclusion, kept because a node that is out is out for many decisions in a row. */
  #exclusion: Exclusion | null = null;

  constructor(
    public node: RouteNode,
    public index: number,
    thresholds: Thresholds,
    nowMs: number,
  ) {
    this.facts = new NodeFacts(node, thresholds);
    this.reading = this.facts.reading(nowMs);
    this.#readAtMs = nowMs;
  }

  reconfigure(node: RouteNode, index: number, thresholds: Thresholds): void {
    this.node = node;
    this.index = index;
    this.facts.reconfigure(node, thresholds);
    this.#exclusion = null;
  }

  get inFlight(): number {
    return this.facts.inFlight;
  }

  get inFlightElsewhere(): number {
    return this.facts.peers.total;
  }

  /** Brings the reading up to date. */
  read(nowMs: number): void {
    this.#readAtMs = nowMs;
    this.reading = this.facts.reading(nowMs);
  }

  features(): NodeFeatures {
    return this.facts.features(this.#readAtMs);
  }

  excluded(reason: ExclusionReason, untilMs: number | null): Exclusion {
    const last = this.#exclusion;
    const circuit = this.circuit.state;
    if (last !== null && last.reason === reason && last.untilMs === untilMs && last.circuit === circuit) {
      return last;
    }
    this.#exclusion = { nodeId: this.node.nodeId, reason, untilMs, circuit };
    return this.#exclusion;
  }
}
