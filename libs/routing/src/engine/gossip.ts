import type { NodeDelta, NodeStatsDelta, OutcomeKind, ServiceName } from '@signalbox/contracts';
import { PEER_TTL_MS } from '../facts/peer-gauges.js';
import type { LiveNode } from './live-node.js';

/**
 * What is not told for lack of room: its tickets run into the end of their lease. An outage gathers far more than
 * 100 ms do, and the message that ends it must be one that NATS takes: 1 MiB, of which 4,000 ids of 96 characters are
 * 400 KB, the probes 150 KB and the sketches of 64 nodes up to 450 KB.
 */
const MOST_SETTLED = 4_000;
const MOST_PROBE_OUTCOMES = 1_000;

interface Peer {
  seq: number;
  sentAtMs: number;
  heardAtMs: number;
}

/** One service's side of `nodes.stats`: what to tell the other replicas, and whom was heard. */
export class Gossip {
  readonly #peers = new Map<string, Peer>();
  #seq = 0;
  #settled: string[] = [];
  #probeOutcomes: NodeStatsDelta['probeOutcomes'] = [];

  constructor(
    private readonly serviceName: ServiceName,
    private readonly replicaId: string,
  ) {}

  /** Replicas that decide for the service, this one included. */
  get replicas(): number {
    return this.#peers.size + 1;
  }

  /** This replica took the outcome of a call that it did not decide. */
  settledForOther(coordinationId: string, outcome: OutcomeKind, isCircuitClosed: boolean): void {
    if (this.#settled.length < MOST_SETTLED) this.#settled.push(coordinationId);
    if (!isCircuitClosed && this.#probeOutcomes.length < MOST_PROBE_OUTCOMES) {
      this.#probeOutcomes.push({ coordinationId, outcome });
    }
  }

  /** All that is new since the last take; null when nothing is. */
  take(liveNodes: readonly LiveNode[], nowMs: number): NodeStatsDelta | null {
    const nodes: NodeDelta[] = [];
    for (const { facts, node } of liveNodes) {
      const delta = facts.takeDelta(node.nodeId, nowMs);
      if (delta !== null) nodes.push(delta);
    }
    if (nodes.length === 0 && this.#settled.length === 0) return null;
    const delta: NodeStatsDelta = {
      replicaId: this.replicaId,
      seq: ++this.#seq,
      sentAtMs: nowMs,
      serviceName: this.serviceName,
      nodes,
      settled: this.#settled,
      probeOutcomes: this.#probeOutcomes,
    };
    this.#settled = [];
    this.#probeOutcomes = [];
    return delta;
  }

  /** Whether the message is another replica's and newer than its last one. A restarted replica counts from 1 again. */
  accepts({ replicaId, seq, sentAtMs }: NodeStatsDelta, nowMs: number): boolean {
    if (replicaId === this.replicaId) return false;
    const peer = this.#peers.get(replicaId);
    if (peer !== undefined && seq <= peer.seq && sentAtMs <= peer.sentAtMs) return false;
    this.#peers.set(replicaId, { seq, sentAtMs, heardAtMs: nowMs });
    return true;
  }

  expire(nowMs: number): void {
    for (const [replicaId, peer] of this.#peers) {
      if (nowMs - peer.heardAtMs > PEER_TTL_MS) this.#peers.delete(replicaId);
    }
  }
}
