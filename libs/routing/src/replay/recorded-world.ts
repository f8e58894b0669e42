import { sampleNormal, seededRandom, type Rng } from '@signalbox/statistics';
import type { RouteNode } from '../node.js';
import type { Evidence, Fate, RecordedCall } from './recorded-call.js';

/** An outcome so close in time tells how the node was "then": shorter than most outages, longer than a circuit's window. */
const NEAR_MS = 60_000;
/** Few, so that the edge of an outage stays sharp; enough that one odd answer is not the node's word. */
const NEAR_OUTCOMES = 5;
const FAR_OUTCOMES = 25;
/** The catalog's word counts as so many outcomes: a node with a handful of lucky answers is not thought perfect. */
const PRIOR_STRENGTH = 5;
const PRIOR_LATENCY_SIGMA = 0.2;

interface Pool {
  readonly calls: readonly RecordedCall[];
  readonly timesMs: readonly number[];
}

/**
 * What would have become of each recorded call on each node, by what is recorded of the node:
 *
 * - where the node really carried the call, what became of it;
 * - a caller's own mistake is one on every node;
 * - else one of the node's five outcomes nearest in time, within a minute of the call; lacking those, one of the 25
 *   nearest in the recorded range; each drawn with equal chance, and mixed with the catalog's prior as if that were
 *   five outcomes more. This is nearest-neighbour matching on time (Heckman, Ichimura and Todd 1997), the confounder
 *   that matters: how the node was then. Nothing from outside of the recorded range is ever used.
 *
 * Draws depend on the seed, the call and the node only, so that two settings replayed in one world meet the same
 * luck. Each seed is a world of its own that keeps a resample of the outcomes (a Poisson bootstrap, Oza and Russell
 * 2001): how far worlds differ says how far the few outcomes of a node can be trusted.
 */
export class RecordedWorld {
  readonly #pools = new Map<string, Pool>();

  /** `calls`: in the order of their decisions. */
  constructor(
    private readonly calls: readonly RecordedCall[],
    private readonly seed: number,
  ) {
    const byNode = new Map<string, RecordedCall[]>();
    const rng = seededRandom(seed);
    for (const call of calls) {
      const weight = poissonOfOne(rng);
      if (call.outcome === 'client_error') continue;
      const pool = byNode.get(call.nodeId) ?? [];
      for (let copy = 0; copy < weight; copy++) pool.push(call);
      byNode.set(call.nodeId, pool);
    }
    for (const [nodeId, pool] of byNode) {
      this.#pools.set(nodeId, { calls: pool, timesMs: pool.map(({ decidedAtMs }) => decidedAtMs) });
    }
  }

  /** What becomes of the call of this place in the record on the node. */
  fateOf(index: number, node: RouteNode): Fate {
    const call = this.calls[index];
    if (call === undefined) throw new RangeError(`no call ${index} of ${this.calls.length}`);
    if (call.nodeId === node.nodeId || call.outcome === 'client_error') return fateBy(call, 'recorded');
    const rng = seededRandom(mix(this.seed, index, node.nodeId));
    const pool = this.#pools.get(node.nodeId);
    if (pool === undefined || pool.calls.length === 0) return priorFate(node, rng);
    const near = nearest(pool, call.decidedAtMs, NEAR_OUTCOMES, NEAR_MS);
    const evidence = near.to > near.from ? 'near' : 'far';
    const { from, to } = evidence === 'near' ? near : nearest(pool, call.decidedAtMs, FAR_OUTCOMES, Infinity);
    if (rng() < PRIOR_STRENGTH / (PRIOR_STRENGTH + pool.calls.length)) {
      return { ...priorFate(node, rng), evidence };
    }
    const donor = pool.calls[from + Math.floor(rng() * (to - from))];
    return donor === undefined ? priorFate(node, rng) : fateBy(donor, evidence);
  }
}

function fateBy(call: RecordedCall, evidence: Evidence): Fate {
  const { outcome, statusCode, latencyMs, retryAfterSeconds } = call;
  return { outcome, statusCode, latencyMs, retryAfterSeconds, evidence };
}

function priorFate(node: RouteNode, rng: Rng): Fate {
  const latencyMs = node.priorLatencyMs * Math.exp(PRIOR_LATENCY_SIGMA * sampleNormal(rng));
  const succeeds = rng() < node.priorSuccess;
  return {
    outcome: succeeds ? 'success' : 'server_error',
    statusCode: succeeds ? 200 : 500,
    latencyMs,
    retryAfterSeconds: null,
    evidence: 'prior',
  };
}

/** The run [from, to) of at most `most` outcomes nearest in time, none farther than `withinMs`. */
function nearest(
  { timesMs }: Pool,
  atMs: number,
  most: number,
  withinMs: number,
): { from: number; to: number } {
  let from = lowerBound(timesMs, atMs);
  let to = from;
  while (to - from < most) {
    const before = from > 0 ? atMs - timesMs[from - 1]! : Infinity;
    const after = to < timesMs.length ? timesMs[to]! - atMs : Infinity;
    if (Math.min(before, after) > withinMs || (before === Infinity && after === Infinity)) break;
    if (before <= after) from--;
    else to++;
  }
  return { from, to };
}

/** Index of the first time that is not before. */
function lowerBound(timesMs: readonly number[], atMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timesMs[middle]! < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Knuth's: how often an outcome is in a resample of many. */
function poissonOfOne(rng: Rng): number {
  const bound = Math.exp(-1);
  let product = rng();
  let count = 0;
  while (product > bound) {
    product *= rng();
    count++;
  }
  return count;
}

function mix(seed: number, index: number, nodeId: string): number {
  let hash = Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca77);
  for (let at = 0; at < nodeId.length; at++) hash = Math.imul(hash ^ nodeId.charCodeAt(at), 0x01000193);
  return hash | 0;
}
