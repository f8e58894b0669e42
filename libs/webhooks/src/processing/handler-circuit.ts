import {
  NEVER_TRIPPED,
  halfOpen,
  probeFailed,
  probeSucceeded,
  trip,
  type CircuitState,
} from '@signalbox/routing/circuit';
import { SlidingWindow, type Rng } from '@signalbox/statistics';

export interface HandlerCircuitPolicy {
  readonly windowMs: number;
  /** Attempts in the window below which it does not judge. */
  readonly minAttempts: number;
  /** 0..1; trips at it. */
  readonly failureRatio: number;
  readonly retryBackoffMs: number;
  readonly maxBackoffMs: number;
  /** In a row, to close. */
  readonly probeSuccesses: number;
  /** A probe that says nothing for so long is given up: its worker is gone. */
  readonly probeTimeoutMs: number;
}

export const HANDLER_CIRCUIT_POLICY: HandlerCircuitPolicy = {
  windowMs: 30_000,
  minAttempts: 10,
  failureRatio: 0.5,
  retryBackoffMs: 2_000,
  maxBackoffMs: 60_000,
  probeSuccesses: 2,
  probeTimeoutMs: 30_000,
};

/** One attempt of a handler. The first word on it counts; none after `probeTimeoutMs` and it counts as unsaid. */
export interface AttemptTicket {
  succeeded(nowMs: number): void;
  failed(nowMs: number): void;
  /** No verdict on the handler: a payload that is invalid, a worker that stops. */
  dropped(nowMs: number): void;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly ticket: AttemptTicket }
  | { readonly kind: 'refused'; readonly retryAtMs: number };

const SUCCESSES = 0;
const FAILURES = 1;

/**
 * The circuit of one handler in one process: a handler whose effects fail (the bus is down) stops burning the
 * attempts of events that would fail with it. The states are those of a node's circuit, their facts counted here.
 */
export class HandlerCircuit {
  readonly #policy: HandlerCircuitPolicy;
  readonly #rng: Rng;
  readonly #window: SlidingWindow;
  #circuit: CircuitState = NEVER_TRIPPED;
  #probe: { deadlineMs: number } | null = null;

  constructor(policy: HandlerCircuitPolicy, rng: Rng) {
    this.#policy = policy;
    this.#rng = rng;
    this.#window = new SlidingWindow(2, policy.windowMs);
  }

  /** For health and metrics. */
  get state(): CircuitState['state'] {
    return this.#circuit.state;
  }

  /** Leave for one attempt, or when to ask again. */
  admit(nowMs: number): Admission {
    if (this.#circuit.state === 'open') this.#circuit = halfOpen(this.#circuit, nowMs) ?? this.#circuit;
    if (this.#circuit.state === 'open') {
      return { kind: 'refused', retryAtMs: this.#circuit.untilMs ?? nowMs + this.#policy.maxBackoffMs };
    }
    if (this.#circuit.state === 'closed') return { kind: 'admitted', ticket: this.#attempt() };
    if (this.#probe !== null && nowMs < this.#probe.deadlineMs) {
      const retryAtMs = Math.min(this.#probe.deadlineMs, nowMs + this.#policy.retryBackoffMs);
      return { kind: 'refused', retryAtMs };
    }
    return { kind: 'admitted', ticket: this.#probing(nowMs) };
  }

  #attempt(): AttemptTicket {
    const { generation } = this.#circuit;
    return onceOnly((verdict, nowMs) => {
      // An attempt from before the circuit moved says nothing about now.
      if (verdict === 'dropped' || this.#circuit.generation !== generation) return;
      this.#window.add(verdict === 'failed' ? FAILURES : SUCCESSES, 1, nowMs);
      this.#judge(nowMs);
    });
  }

  #probing(nowMs: number): AttemptTicket {
    const probe = { deadlineMs: nowMs + this.#policy.probeTimeoutMs };
    this.#probe = probe;
    return onceOnly((verdict, atMs) => {
      if (this.#probe !== probe || this.#circuit.state !== 'half_open') return;
      this.#probe = null;
      if (verdict === 'dropped') return;
      this.#circuit =
        verdict === 'failed'
          ? probeFailed(this.#circuit, this.#policy, atMs, this.#rng)
          : probeSucceeded(this.#circuit, this.#policy, atMs);
      // What was counted before it tripped would trip it again.
      if (this.#circuit.state === 'closed') this.#window.clear();
    });
  }

  #judge(nowMs: number): void {
    if (this.#circuit.state !== 'closed') return;
    const failures = this.#window.total(FAILURES, nowMs);
    const attempts = failures + this.#window.total(SUCCESSES, nowMs);
    if (attempts < this.#policy.minAttempts || failures / attempts < this.#policy.failureRatio) return;
    this.#circuit = trip(this.#circuit, this.#policy, nowMs, this.#rng);
  }
}

type TicketVerdict = 'succeeded' | 'failed' | 'dropped';

function onceOnly(settle: (verdict: TicketVerdict, nowMs: number) => void): AttemptTicket {
  let isSettled = false;
  const say = (verdict: TicketVerdict) => (nowMs: number) => {
    if (isSettled) return;
    isSettled = true;
    settle(verdict, nowMs);
  };
  return { succeeded: say('succeeded'), failed: say('failed'), dropped: say('dropped') };
}
