import { setTimeout as pause } from 'node:timers/promises';
import {
  BATCH_END_STATES,
  LONGEST_BATCH_WAIT_MS,
  SignalboxError,
  type BatchItemState,
  type BatchRequest,
  type BatchRequestView,
  type CallPriority,
} from '@signalbox/contracts';
import { isUnavailable, unavailable, type BatchTransport } from './transport.js';

export interface BatchOptions {
  /** How long it may wait for others: CRITICAL not at all, LOW longest. MEDIUM by default. */
  priority?: CallPriority;
  /**
   * The same key again is the same request, for as long as results are kept. Made up for each call when absent, so
   * that the client's own repetitions are harmless.
   */
  idempotencyKey?: string;
  /** Longest that it may wait for others, ms. */
  deadlineMs?: number;
  /** Ms to wait for the end before `batch` resolves; 0 by default. */
  wait?: number;
}

const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 200;
const DEFAULT_RESULT_TIMEOUT_MS = 60_000;

/** A request that Signalbox has taken: it ends whether or not anybody asks. */
export class BatchHandle {
  private constructor(
    private readonly transport: BatchTransport,
    readonly requestId: string,
    /** As last heard. */
    private heard: { state: BatchItemState; view: BatchRequestView | null },
  ) {}

  static async accept(
    transport: BatchTransport,
    request: BatchRequest,
    waitMs: number,
  ): Promise<BatchHandle> {
    const bounded = boundedWait(waitMs);
    const answer = await persistently(() => transport.acceptBatch(request, bounded));
    const view = 'acceptedAt' in answer ? answer : null;
    return new BatchHandle(transport, answer.requestId, { state: answer.state, view });
  }

  get state(): BatchItemState {
    return this.heard.state;
  }

  /** Succeeded, failed, dead or discarded: it does not change by itself any more. */
  get hasEnded(): boolean {
    return hasEnded(this.heard.state);
  }

  /** How it stands now. */
  async poll(): Promise<BatchRequestView> {
    return this.ask(0);
  }

  /**
   * Its end: `state` says which, `result` is the provider's answer for this request alone. Rejects with
   * DEPENDENCY_UNAVAILABLE when there is none after `timeoutMs` (60 s by default); the request goes on all the same.
   */
  async result(timeoutMs = DEFAULT_RESULT_TIMEOUT_MS): Promise<BatchRequestView> {
    if (this.heard.view !== null && this.hasEnded) return this.heard.view;
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const leftMs = deadlineMs - performance.now();
      const view = await this.ask(boundedWait(leftMs));
      if (hasEnded(view.state)) return view;
      if (performance.now() >= deadlineMs) {
        throw unavailable(`request ${this.requestId} is still ${view.state} after ${timeoutMs} ms`);
      }
    }
  }

  private async ask(waitMs: number): Promise<BatchRequestView> {
    const view = await persistently(() => this.transport.batchRequest(this.requestId, waitMs));
    this.heard = { state: view.state, view };
    return view;
  }
}

function boundedWait(waitMs: number): number {
  return Math.max(0, Math.min(LONGEST_BATCH_WAIT_MS, Math.ceil(waitMs)));
}

function hasEnded(state: BatchItemState): boolean {
  const ends: readonly string[] = BATCH_END_STATES;
  return ends.includes(state);
}

/** Tries again while Signalbox cannot answer; what it refuses is final. */
async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= MOST_TRIES || !isUnavailable(error)) throw error;
      const askedMs = error instanceof SignalboxError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
      await pause(Math.max(askedMs, FIRST_PAUSE_MS * 2 ** (tries - 1)));
    }
  }
}
