import type { NodeConfig, OutcomeKind } from '@signalbox/contracts';
import { sampleNormal, seededRandom } from '@signalbox/statistics';

export interface Answer {
  readonly outcome: OutcomeKind;
  readonly statusCode: number | null;
  readonly latencyMs: number;
  readonly retryAfterSeconds: number | null;
}

const MINUTE_MS = 60_000;
const LATENCY_SIGMA = 0.2;

/** What goes wrong in ten minutes: the first four stories of the demo, with as much calm between them as there is trouble. */
const FAULTS = {
  stripeErrors: { nodeId: 'stripe_primary_us_east', fromMs: 1 * MINUTE_MS, toMs: 2 * MINUTE_MS, ratio: 0.15 },
  samsaraSlow: { nodeId: 'samsara_primary', fromMs: 3 * MINUTE_MS, toMs: 4 * MINUTE_MS, addMs: 3_000 },
  mapboxLimit: { nodeId: 'maps_mapbox', fromMs: 5 * MINUTE_MS, toMs: 6 * MINUTE_MS, perSecond: 3 },
  regionLost: { region: 'us-east-1', fromMs: 7.5 * MINUTE_MS, toMs: 8 * MINUTE_MS },
} as const;

export const SPAN_MS = 10 * MINUTE_MS;

/** The providers of one lane: what becomes of a call depends on the node, the time, the call, and the lane's own load. */
export class Providers {
  private allowance = { requests: 0, atMs: 0 };

  constructor(private readonly seed: number) {}

  answer(node: NodeConfig, key: string, atMs: number, patienceMs: number): Answer {
    const rng = seededRandom(hash(`${this.seed} ${node.nodeId} ${key}`));
    const { stripeErrors, samsaraSlow, mapboxLimit, regionLost } = FAULTS;
    const isDuring = (fault: { fromMs: number; toMs: number }) => atMs >= fault.fromMs && atMs < fault.toMs;
    if (node.region === regionLost.region && isDuring(regionLost)) {
      return { outcome: 'connection_error', statusCode: null, latencyMs: 5, retryAfterSeconds: null };
    }
    if (
      node.nodeId === mapboxLimit.nodeId &&
      isDuring(mapboxLimit) &&
      !this.admits(mapboxLimit.perSecond, atMs)
    ) {
      return { outcome: 'rate_limited', statusCode: 429, latencyMs: 20, retryAfterSeconds: 3 };
    }
    let latencyMs = node.priorLatencyMs * Math.exp(LATENCY_SIGMA * sampleNormal(rng));
    if (node.nodeId === samsaraSlow.nodeId && isDuring(samsaraSlow)) latencyMs += samsaraSlow.addMs;
    let failing = 1 - node.priorSuccessPercent / 100;
    if (node.nodeId === stripeErrors.nodeId && isDuring(stripeErrors)) failing += stripeErrors.ratio;
    if (rng() < failing) {
      return { outcome: 'server_error', statusCode: 500, latencyMs, retryAfterSeconds: null };
    }
    if (latencyMs > patienceMs) {
      return { outcome: 'timeout', statusCode: null, latencyMs: patienceMs, retryAfterSeconds: null };
    }
    return { outcome: 'success', statusCode: 200, latencyMs, retryAfterSeconds: null };
  }

  private admits(perSecond: number, atMs: number): boolean {
    const earned = ((atMs - this.allowance.atMs) / 1_000) * perSecond;
    this.allowance = { requests: Math.min(perSecond, this.allowance.requests + earned), atMs };
    if (this.allowance.requests < 1) return false;
    this.allowance.requests -= 1;
    return true;
  }
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value | 0;
}
