import type { ServiceConfig, StrategyName } from '@signalbox/contracts';
import { seededRandom, type Clock } from '@signalbox/statistics';
import { RoutingEngine } from '../engine/routing-engine.js';
import type { FailurePredictor } from '../predictor.js';
import { NODE_COUNT, WELL, fateOf, type Episode, type Fate } from './scenario-script.js';

const CALLS_PER_SECOND = 10;
const TICK_MS = 100;
const SERVICE = 'maps';
const BASE_LATENCY_MS = [150, 155, 160];

/** What one strategy made of one episode. */
export interface EpisodeResult {
  calls: number;
  failures: number;
  /**
   * Seconds before the outage at which the failing node had lost 80 % of its share, for good; negative when it
   * lost it only so long after. Null when it had no share to lose or never lost it.
   */
  leadSeconds: number | null;
}

/**
 * A discrete-event run: episodes one after another through one engine, so that what it learned in one serves
 * it in the next.
 */
export class ScenarioRun {
  private nowMs: number;
  private readonly engine: RoutingEngine;
  private callsSoFar = 0;

  constructor(strategy: StrategyName, predictor: FailurePredictor, seed: number, startsAtMs: number) {
    this.nowMs = startsAtMs;
    const clock: Clock = { nowMs: () => this.nowMs };
    this.engine = new RoutingEngine({
      clock,
      rng: seededRandom(seed),
      replicaId: 'scenario',
      listener: { circuitChanged: () => undefined, probeEnded: () => undefined },
      predictor,
    });
    this.engine.configure(equalNodes(strategy));
  }

  /** Plays the episode from `startsAtMs`, which must not be before the end of the last one. */
  play(episode: Episode, startsAtMs: number): EpisodeResult {
    this.nowMs = startsAtMs;
    const arrivals = seededRandom(~episode.seed);
    const pending = new CompletionQueue();
    const shares = new ShareLog(episode);
    let failures = 0;
    let calls = 0;
    let nextCallAtMs = startsAtMs;
    let nextTickAtMs = startsAtMs;
    const endsAtMs = startsAtMs + episode.endsAtMs;
    for (;;) {
      const at = Math.min(nextCallAtMs, nextTickAtMs, pending.nextAtMs);
      if (at >= endsAtMs) break;
      this.nowMs = at;
      if (at === pending.nextAtMs) {
        this.complete(pending.take());
      } else if (at === nextTickAtMs) {
        this.tick();
        nextTickAtMs += TICK_MS;
      } else {
        const sent = this.send(episode, calls++, at - startsAtMs, shares);
        pending.add(sent);
        if (sent.fate.outcome !== 'success') failures++;
        nextCallAtMs = at - (Math.log(1 - arrivals()) * 1_000) / CALLS_PER_SECOND;
      }
    }
    while (pending.nextAtMs < Infinity) this.complete(pending.take());
    return { calls, failures, leadSeconds: shares.leadSeconds() };
  }

  private send(episode: Episode, call: number, atMs: number, shares: ShareLog): Sent {
    const coordinationId = `scenario_${this.callsSoFar++}`;
    const result = this.engine.decide({
      serviceName: SERVICE,
      coordinationId,
      priority: null,
      region: null,
      costLimitMicroUsd: null,
      remainingBudgetMicroUsd: null,
      targetLatencyMs: null,
      valueMicroUsd: null,
    });
    // Without budgets and with more than one node the engine always finds one, if only as a last resort.
    if (result.kind === 'refused') throw new Error(`refused: ${result.code}`);
    const { nodeId } = result.chosen.node;
    const node = Number(nodeId.slice(NODE_PREFIX.length));
    shares.record(node, atMs);
    const condition = node === shares.failingNode ? episode.condition(atMs) : WELL;
    const fate = fateOf(episode.seed, call, BASE_LATENCY_MS[node]!, condition);
    return { coordinationId, nodeId, fate, completesAtMs: this.nowMs + fate.latencyMs };
  }

  private complete({ coordinationId, nodeId, fate, completesAtMs }: Sent): void {
    this.nowMs = Math.max(this.nowMs, completesAtMs);
    this.engine.recordOutcome({ serviceName: SERVICE, nodeId, coordinationId, ...fate });
  }

  private tick(): void {
    this.engine.tick();
    for (const { serviceName, nodeId } of this.engine.probesWanted()) {
      this.engine.grantProbe(serviceName, nodeId, `lease_${this.nowMs}_${nodeId}`, this.nowMs + 10_000);
    }
  }
}

interface Sent {
  coordinationId: string;
  nodeId: string;
  fate: Fate;
  completesAtMs: number;
}

/** The calls in flight, by the time they come back; few enough to keep sorted by insertion. */
class CompletionQueue {
  private readonly sent: Sent[] = [];

  get nextAtMs(): number {
    return this.sent.at(-1)?.completesAtMs ?? Infinity;
  }

  add(call: Sent): void {
    let place = this.sent.length;
    while (place > 0 && this.sent[place - 1]!.completesAtMs < call.completesAtMs) place--;
    this.sent.splice(place, 0, call);
  }

  take(): Sent {
    return this.sent.pop()!;
  }
}

const LOOK_BACK_S = 10;
/** A node that carried less than this has no traffic worth speaking of to lose. */
const LEAST_SHARE = 0.05;
const LEFT_SHARE = 0.2;
/** Traffic of the last so many seconds decides which node carries most when the episode leaves it open. */
const CARRIER_SECONDS = 30;

/** Which node got how many calls, second by second; and from it, which node fails and when traffic left it. */
class ShareLog {
  private readonly bySecond: number[][] = [];
  private failing: number | null;

  constructor(private readonly episode: Episode) {
    this.failing = episode.failingNode;
  }

  /** Null until it is decided. */
  get failingNode(): number | null {
    return this.failing;
  }

  record(node: number, atMs: number): void {
    if (this.failing === null && atMs >= this.episode.precursorAtMs) this.failing = this.carrier();
    const second = Math.floor(atMs / 1_000);
    const counts = (this.bySecond[second] ??= new Array<number>(NODE_COUNT).fill(0));
    counts[node]!++;
  }

  leadSeconds(): number | null {
    const { failing } = this;
    if (failing === null || this.episode.scenario === 'calm') return null;
    const precursorAt = Math.floor(this.episode.precursorAtMs / 1_000);
    const outageAt = Math.floor(this.episode.outageAtMs / 1_000);
    const usual = this.share(failing, precursorAt - CARRIER_SECONDS, precursorAt);
    if (usual < LEAST_SHARE) return null;
    const hasLeft = (second: number): boolean =>
      this.share(failing, second - LOOK_BACK_S, second) <= LEFT_SHARE * usual;
    let second = outageAt;
    if (hasLeft(outageAt)) {
      while (second > precursorAt && hasLeft(second - 1)) second--;
      return outageAt - second;
    }
    const endsAt = Math.floor(this.episode.outageEndsAtMs / 1_000);
    while (second < endsAt && !hasLeft(second)) second++;
    return second < endsAt ? outageAt - second : null;
  }

  private carrier(): number {
    const to = Math.floor(this.episode.precursorAtMs / 1_000);
    const shares = BASE_LATENCY_MS.map((_, node) => this.share(node, to - CARRIER_SECONDS, to));
    return shares.indexOf(Math.max(...shares));
  }

  /** Of the calls in [from, to), seconds. */
  private share(node: number, from: number, to: number): number {
    let calls = 0;
    let toNode = 0;
    for (const counts of this.bySecond.slice(Math.max(0, from), to)) {
      if (counts === undefined) continue;
      for (const count of counts) calls += count;
      toNode += counts[node]!;
    }
    return calls === 0 ? 0 : toNode / calls;
  }
}

const NODE_PREFIX = 'maps_node_';

/** Equal but for a few ms: which one fails must not decide who wins. */
function equalNodes(strategy: StrategyName): ServiceConfig {
  return {
    serviceName: SERVICE,
    strategy,
    intent: 'compare strategies',
    successFloor: null,
    thresholds: {
      failoverErrorRatio: 0.05,
      minimumOutcomes: 10,
      consecutiveFailures: 5,
      windowMs: 30_000,
      retryBackoffMs: 1_000,
      maxBackoffMs: 300_000,
      probeSuccesses: 3,
      targetLatencyMs: 400,
      inFlightLeaseMs: 60_000,
    },
    nodes: BASE_LATENCY_MS.slice(0, NODE_COUNT).map((priorLatencyMs, index) => ({
      nodeId: `${NODE_PREFIX}${index}`,
      providerName: `Provider ${index}`,
      region: 'global',
      role: index === 0 ? 'primary' : 'secondary',
      weightPercent: 100 / NODE_COUNT,
      priorSuccessPercent: 99.5,
      priorLatencyMs,
      costPerRequestUsd: 0.005,
      baseUrl: 'https://provider.invalid',
    })),
    dependents: [],
  };
}
