import type { Luck } from './luck.js';

/** What can be wrong with a node. Ratios are 0..1 of its requests; several faults of a node add up. */
export type Fault =
  /** Answers `status` (500 when absent) to a share of the requests. */
  | { kind: 'errors'; ratio: number; status?: number }
  /** Adds latency that grows from nothing to `addMs` in `overMs`, and stays there. */
  | { kind: 'latency_ramp'; addMs: number; overMs: number }
  /** Takes so many requests a second and answers 429 with Retry-After to the rest. */
  | { kind: 'rate_limit'; requestsPerSecond: number; retryAfterSeconds: number }
  /** Takes the request and never answers. */
  | { kind: 'hang'; ratio: number }
  /** Resets the connection instead of answering. */
  | { kind: 'reset'; ratio: number }
  /** Half dead: a share of the requests is slow, another share fails with 503. */
  | { kind: 'brown_out'; slowRatio: number; slowMs: number; errorRatio: number }
  /** Well for `upMs`, then 503 for `downMs`, and so on. */
  | { kind: 'flapping'; upMs: number; downMs: number }
  /** Refuses connections. */
  | { kind: 'down' };

export type FaultKind = Fault['kind'];

/** A fault at work, with what it has to remember. */
export interface ActiveFault {
  fault: Fault;
  sinceMs: number;
  /** Requests a `rate_limit` would still take now, and when that was computed. */
  allowance: { requests: number; atMs: number };
}

/** What a node does with one request. */
export type Effect =
  | { kind: 'answer'; delayMs: number }
  | { kind: 'fail'; status: number; delayMs: number }
  | { kind: 'limit'; retryAfterSeconds: number }
  | { kind: 'reset'; delayMs: number }
  | { kind: 'hang' };

export function activate(fault: Fault, nowMs: number): ActiveFault {
  const requests = fault.kind === 'rate_limit' ? fault.requestsPerSecond : 0;
  return { fault, sinceMs: nowMs, allowance: { requests, atMs: nowMs } };
}

/**
 * The effect of all faults of a node on one request. A refusal by the rate limit comes first, as at a real
 * gate; a hang hides everything after it; then resets, errors, and last the time it takes.
 */
export function effectOf(
  faults: readonly ActiveFault[],
  baseDelayMs: number,
  luck: Luck,
  nowMs: number,
): Effect {
  let delayMs = baseDelayMs;
  let hangRatio = 0;
  let resetRatio = 0;
  let errorRatio = 0;
  let status = 500;
  for (const active of faults) {
    const { fault, sinceMs } = active;
    switch (fault.kind) {
      case 'rate_limit':
        if (!admits(active, fault.requestsPerSecond, nowMs)) {
          return { kind: 'limit', retryAfterSeconds: fault.retryAfterSeconds };
        }
        break;
      case 'errors':
        errorRatio += fault.ratio;
        status = fault.status ?? 500;
        break;
      case 'latency_ramp':
        delayMs += fault.addMs * Math.min(1, fault.overMs === 0 ? 1 : (nowMs - sinceMs) / fault.overMs);
        break;
      case 'hang':
        hangRatio += fault.ratio;
        break;
      case 'reset':
        resetRatio += fault.ratio;
        break;
      case 'brown_out':
        errorRatio += fault.errorRatio;
        status = 503;
        if (luck.slow < fault.slowRatio) delayMs += fault.slowMs;
        break;
      case 'flapping':
        if ((nowMs - sinceMs) % (fault.upMs + fault.downMs) >= fault.upMs) {
          errorRatio = 1;
          status = 503;
        }
        break;
      case 'down':
        break; // the node's server is closed: no request comes this far
    }
  }
  if (luck.hang < hangRatio) return { kind: 'hang' };
  if (luck.reset < resetRatio) return { kind: 'reset', delayMs };
  if (luck.error < errorRatio) return { kind: 'fail', status, delayMs };
  return { kind: 'answer', delayMs };
}

/** A token bucket that holds one second's worth. */
function admits({ allowance }: ActiveFault, requestsPerSecond: number, nowMs: number): boolean {
  const earned = ((nowMs - allowance.atMs) / 1000) * requestsPerSecond;
  allowance.requests = Math.min(requestsPerSecond, allowance.requests + earned);
  allowance.atMs = nowMs;
  if (allowance.requests < 1) return false;
  allowance.requests -= 1;
  return true;
}

/** Spread of a healthy node's latency: with σ = 0.2, 95 % of the answers lie within a factor of 1.5. */
const LATENCY_SIGMA = 0.2;

/** Log-normal around the median, as service times are. */
export function naturalDelayMs(medianMs: number, [u, v]: Luck['latency']): number {
  const normal = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
  return medianMs * Math.exp(LATENCY_SIGMA * normal);
}
