import { isBilled, type MicroUsd, type OutcomeKind, type ServiceConfig } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import { RoutingEngine } from '../engine/routing-engine.js';
import type { RouteNode } from '../node.js';
import { OnlineFailurePredictor } from '../predictive/index.js';
import type { FailurePredictor } from '../predictor.js';
import type { Evidence, RecordedCall } from './recorded-call.js';
import type { RecordedWorld } from './recorded-world.js';

/** As often as a process ticks its engine. */
const TICK_MS = 100;
/** Where nothing happens for longer, ticking on would change nothing that the last two ticks of it do not. */
const TICKS_IN_A_GAP = 2;
const PROBE_LEASE_MS = 10_000;
/** Calls between two places where the caller may let others have their turn: a few milliseconds' worth. */
const CALLS_PER_SLICE = 200;

/** A recorded call as it would have gone. */
export interface ReplayedCall {
  /** Null when no node was eligible. */
  readonly nodeId: string | null;
  readonly outcome: OutcomeKind | 'refused';
  readonly latencyMs: number;
  readonly costMicroUsd: MicroUsd;
  readonly evidence: Evidence;
}

export interface ReplayInput {
  /** In the order of their decisions. */
  readonly calls: readonly RecordedCall[];
  readonly config: ServiceConfig;
  readonly world: RecordedWorld;
  /** Of the engine's own chance. */
  readonly seed: number;
}

/**
 * Decides each recorded call anew, by the engine itself under `config`, at the time it was decided. The engine hears
 * of each outcome when it would have: after the call's latency, so that no decision knows what was not known then.
 * The answer has one entry a call, in order. A generator: between slices the caller may let others have their turn.
 *
 * Not recorded, and so not replayed: the caller's region, limits of cost and latency of a single call, and error
 * events. Attempts are replayed as they were made: what a better node would have spared in retries is left out.
 */
export function* replay({ calls, config, world, seed }: ReplayInput): Generator<undefined, ReplayedCall[]> {
  const first = calls[0];
  if (first === undefined) return [];
  const run = new Run(config, world, seed, first.decidedAtMs);
  const replayed: ReplayedCall[] = [];
  for (const [index, call] of calls.entries()) {
    replayed.push(run.play(call, index));
    if (index % CALLS_PER_SLICE === CALLS_PER_SLICE - 1) yield;
  }
  return replayed;
}

interface Pending {
  readonly atMs: number;
  readonly nodeId: string;
  readonly coordinationId: string;
  readonly outcome: OutcomeKind;
  readonly latencyMs: number;
  readonly retryAfterSeconds: number | null;
}

class Run {
  readonly #engine: RoutingEngine;
  /** Latest first: the next to come back is at the end. */
  readonly #underWay: Pending[] = [];
  #nowMs: number;
  #tickedAtMs: number;

  constructor(
    private readonly config: ServiceConfig,
    private readonly world: RecordedWorld,
    seed: number,
    startsAtMs: number,
  ) {
    this.#nowMs = startsAtMs;
    this.#tickedAtMs = startsAtMs;
    this.#engine = new RoutingEngine({
      clock: { nowMs: () => this.#nowMs },
      rng: seededRandom(seed),
      replicaId: 'replay',
      listener: { circuitChanged: () => undefined, probeEnded: () => undefined },
      predictor: config.strategy === 'PREDICTIVE_ANALYTICS' ? new OnlineFailurePredictor() : UNASKED,
    });
    this.#engine.configure(config);
  }

  play(call: RecordedCall, index: number): ReplayedCall {
    this.#advance(call.decidedAtMs);
    const { coordinationId, priority } = call;
    const result = this.#engine.decide({
      serviceName: this.config.serviceName,
      coordinationId,
      priority,
      region: null,
      costLimitMicroUsd: null,
      remainingBudgetMicroUsd: null,
      targetLatencyMs: null,
      valueMicroUsd: null,
    });
    if (result.kind === 'refused') {
      return { nodeId: null, outcome: 'refused', latencyMs: 0, costMicroUsd: 0, evidence: 'prior' };
    }
    const { node } = result.chosen;
    const { outcome, statusCode, latencyMs, retryAfterSeconds, evidence } = this.world.fateOf(index, node);
    this.#send({
      atMs: this.#nowMs + latencyMs,
      nodeId: node.nodeId,
      coordinationId,
      outcome,
      latencyMs,
      retryAfterSeconds,
    });
    const costMicroUsd =
      node.nodeId === call.nodeId ? call.costMicroUsd : costOn(node, call, outcome, statusCode);
    return { nodeId: node.nodeId, outcome, latencyMs, costMicroUsd, evidence };
  }

  /** Lets time pass, with all that comes back meanwhile. */
  #advance(toMs: number): void {
    for (;;) {
      const next = this.#underWay.at(-1);
      if (next === undefined || next.atMs > toMs) break;
      this.#underWay.pop();
      this.#pass(next.atMs);
      this.#report(next);
    }
    this.#pass(toMs);
  }

  #pass(toMs: number): void {
    const from = Math.max(this.#tickedAtMs, toMs - TICKS_IN_A_GAP * TICK_MS);
    for (let atMs = from + TICK_MS; atMs <= toMs; atMs += TICK_MS) {
      this.#nowMs = atMs;
      this.#tickedAtMs = atMs;
      this.#tick();
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  #tick(): void {
    this.#engine.tick();
    for (const { serviceName, nodeId } of this.#engine.probesWanted()) {
      this.#engine.grantProbe(
        serviceName,
        nodeId,
        `lease_${this.#nowMs}_${nodeId}`,
        this.#nowMs + PROBE_LEASE_MS,
      );
    }
  }

  #send(call: Pending): void {
    let place = this.#underWay.length;
    while (place > 0 && this.#underWay[place - 1]!.atMs < call.atMs) place--;
    this.#underWay.splice(place, 0, call);
  }

  #report({ nodeId, coordinationId, outcome, latencyMs, retryAfterSeconds }: Pending): void {
    this.#engine.recordOutcome({
      serviceName: this.config.serviceName,
      nodeId,
      coordinationId,
      outcome,
      latencyMs,
      ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    });
  }
}

/** For strategies that ask no model: learning would be most of what their replay costs. */
const UNASKED: FailurePredictor = {
  failureProbability: ({ failureRatio }) => ({ mean: failureRatio, sd: 0, sample: () => failureRatio }),
  observe: () => undefined,
};

function costOn(
  node: RouteNode,
  call: RecordedCall,
  outcome: OutcomeKind,
  statusCode: number | null,
): MicroUsd {
  return isBilled(outcome, statusCode) ? Math.round(node.costMicroUsd * call.units) : 0;
}
