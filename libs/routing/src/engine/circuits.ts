import type { OutcomeKind, ServiceName, Thresholds } from '@signalbox/contracts';
import type { Rng } from '@signalbox/statistics';
import {
  forceOpen,
  halfOpen,
  probeFailed,
  probeSucceeded,
  reset,
  supersedes,
  trip,
  type CircuitState,
  type ProbeGrant,
} from '../circuit/circuit.js';
import type { EngineListener, ProbeOutcome } from './engine-listener.js';
import type { LiveNode } from './live-node.js';

/** Moves the circuits of one service's nodes, and tells the listener of every move made here. */
export class Circuits {
  thresholds: Thresholds;
  /** A cascade may reach the service: its circuits trip early. */
  isWarned = false;

  constructor(
    private readonly serviceName: ServiceName,
    thresholds: Thresholds,
    private readonly rng: Rng,
    private readonly listener: EngineListener,
  ) {
    this.thresholds = thresholds;
  }

  /** After new facts: trips the circuit when they are beyond the thresholds. */
  judge(node: LiveNode, nowMs: number): void {
    if (node.circuit.state !== 'closed') return;
    const reason = node.facts.tripReason(nowMs, this.isWarned);
    if (reason !== null)
      this.#move(node, trip(node.circuit, this.thresholds, nowMs, this.rng), reason, nowMs);
  }

  /** Lets probing begin where the open time is over, and takes back grants whose lease ended. */
  tick(node: LiveNode, nowMs: number): void {
    const { circuit } = node;
    if (circuit.state === 'open') {
      const next = halfOpen(circuit, nowMs);
      if (next !== null) this.#move(node, next, 'the open time is over', nowMs);
    } else if (
      circuit.state === 'half_open' &&
      circuit.probe !== null &&
      circuit.probe.expiresAtMs <= nowMs
    ) {
      this.#endProbe(node, 'expired');
    }
  }

  forceOpen(node: LiveNode, reason: string, nowMs: number): void {
    this.#move(node, forceOpen(node.circuit, nowMs), reason, nowMs);
  }

  reset(node: LiveNode, reason: string, nowMs: number): void {
    const next = reset(node.circuit, nowMs);
    if (next !== null) this.#move(node, next, reason, nowMs);
  }

  /** A state that the fleet settled on. The listener hears nothing of it, but of a probe that ends by it. */
  adopt(node: LiveNode, theirs: CircuitState, nowMs: number): void {
    const ours = node.circuit;
    if (!supersedes(theirs, ours)) return;
    const ourProbe = ours.state === 'half_open' ? ours.probe : null;
    const staysHalfOpen = theirs.state === 'half_open';
    if (ourProbe !== null && !staysHalfOpen) this.#endProbe(node, 'expired');
    node.circuit = staysHalfOpen ? { ...theirs, probe: ourProbe } : theirs;
    if (theirs.state === 'closed' && ours.state !== 'closed') node.facts.forgive(nowMs);
  }

  /** The fleet's one probe lease is this replica's; given back at once when there is nothing to probe any more. */
  grantProbe(node: LiveNode, leaseId: string, expiresAtMs: number, nowMs: number): void {
    const { circuit } = node;
    if (circuit.state !== 'half_open' || circuit.probe !== null || expiresAtMs <= nowMs) {
      this.listener.probeEnded(this.serviceName, node.node.nodeId, leaseId, 'expired');
      return;
    }
    const probe: ProbeGrant = { leaseId, grantedAtMs: nowMs, expiresAtMs, coordinationId: null };
    node.circuit = { ...circuit, probe };
  }

  /** The call carries the probe; `null` puts the grant back to wait for another. */
  carryProbe(node: LiveNode, coordinationId: string | null): void {
    const { circuit } = node;
    if (circuit.state !== 'half_open' || circuit.probe === null) return;
    node.circuit = { ...circuit, probe: { ...circuit.probe, coordinationId } };
  }

  /** What became of a call, if it was the probe. A caller's own error is no verdict: another call may carry it. */
  probeReported(node: LiveNode, coordinationId: string, outcome: OutcomeKind, nowMs: number): void {
    const { circuit } = node;
    if (circuit.state !== 'half_open' || circuit.probe?.coordinationId !== coordinationId) return;
    if (outcome === 'client_error') {
      this.carryProbe(node, null);
    } else if (outcome === 'success') {
      const next = probeSucceeded(circuit, this.thresholds, nowMs);
      this.#endProbe(node, 'success');
      this.#move(
        node,
        next,
        `probe ${circuit.successes + 1} of ${this.thresholds.probeSuccesses} succeeded`,
        nowMs,
      );
    } else {
      const next = probeFailed(circuit, this.thresholds, nowMs, this.rng, node.facts.rateLimitedUntilMs);
      this.#endProbe(node, 'failure');
      this.#move(node, next, `the probe failed: ${outcome}`, nowMs);
    }
  }

  #move(node: LiveNode, to: CircuitState, reason: string, nowMs: number): void {
    this.#endProbe(node, 'expired');
    const from = node.circuit;
    node.circuit = to;
    if (to.state === 'closed') node.facts.forgive(nowMs);
    const { nodeId } = node.node;
    this.listener.circuitChanged({ serviceName: this.serviceName, nodeId, from, to, reason, atMs: nowMs });
  }

  #endProbe(node: LiveNode, outcome: ProbeOutcome): void {
    const { circuit } = node;
    if (circuit.state !== 'half_open' || circuit.probe === null) return;
    node.circuit = { ...circuit, probe: null };
    this.listener.probeEnded(this.serviceName, node.node.nodeId, circuit.probe.leaseId, outcome);
  }
}
