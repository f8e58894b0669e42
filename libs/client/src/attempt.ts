import { classify, type Classification, type Settled } from './classify.js';
import type { CallNode, NodeOrder } from './node-order.js';
import type { Attempt, CallOptions } from './options.js';

const DEFAULT_ATTEMPT_TIMEOUT_MS = 30_000;

/** One attempt, ended: how, what that says about the node, and how long it took. */
export interface Ended<T> {
  result: Settled<T>;
  verdict: Classification;
  latencyMs: number;
}

/** Runs the caller's function once, for at most the attempt's time. Never rejects. */
export async function attemptOn<T>(
  node: CallNode,
  number: number,
  order: NodeOrder,
  run: (attempt: Attempt) => T | Promise<T>,
  options: CallOptions<T>,
): Promise<Ended<T>> {
  const timeoutMs = options.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS;
  const cancel = new AbortController();
  const expired = new DOMException(`${node.nodeId} did not answer within ${timeoutMs} ms`, 'TimeoutError');
  const timer = setTimeout(() => cancel.abort(expired), timeoutMs);
  const follow = () => cancel.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', follow, { once: true });
  if (options.signal?.aborted === true) follow();

  const beganMs = performance.now();
  const result = await settle(async () => {
    // The function may ignore the signal: the attempt ends on time all the same.
    const aborted = new Promise<never>((_, reject) => {
      cancel.signal.addEventListener('abort', () => reject(cancel.signal.reason as Error), { once: true });
    });
    cancel.signal.throwIfAborted();
    const { idempotencyKey } = options;
    const { signal } = cancel;
    const { coordinationId } = order;
    const attempt = { node, baseUrl: node.baseUrl, attempt: number, signal, idempotencyKey, coordinationId };
    return Promise.race([run(attempt), aborted]);
  });
  const latencyMs = performance.now() - beganMs;
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', follow);
  return { result, verdict: judge(result, cancel.signal, expired, options), latencyMs };
}

function judge<T>(
  result: Settled<T>,
  signal: AbortSignal,
  expired: DOMException,
  options: CallOptions<T>,
): Classification {
  // SDKs wrap an abort in errors of their own, so the signal and not the error tells who ended the attempt.
  if (!result.ok && signal.aborted) {
    // The caller's own abort is nothing against the node.
    return { outcome: signal.reason === expired ? 'timeout' : 'client_error' };
  }
  return (options.classify ?? classify)(result);
}

async function settle<T>(run: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    return { ok: false, error };
  }
}
