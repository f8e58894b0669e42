import type { JsMsg } from '@nats-io/jetstream';
import { doubling } from '../waiting.js';

/** What to do with a message after its handler has run. */
export type Verdict = { settle: 'ack' } | { settle: 'term' } | { settle: 'retry'; afterMs: number };

/** Waits before a message comes again: short for a hiccup, never longer than an operator would look away. */
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 30_000;

/** `attempt` counts from 1. */
export function retry(attempt: number): Verdict & { settle: 'retry' } {
  return { settle: 'retry', afterMs: doubling(FIRST_WAIT_MS, MAX_WAIT_MS, attempt - 1) };
}

/** Tells the server. When the connection is closed it will find out by itself and deliver again. */
export function settle(message: JsMsg, verdict: Verdict): void {
  try {
    if (verdict.settle === 'ack') message.ack();
    else if (verdict.settle === 'term') message.term();
    else message.nak(verdict.afterMs);
  } catch {
    // Only a closed connection throws here.
  }
}
