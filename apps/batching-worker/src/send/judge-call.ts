import {
  decodeCall,
  decideRetry,
  type ItemResult,
  type RetryDecision,
  type WireCall,
} from '@signalbox/batching';
import type { BatchReason } from '@signalbox/contracts';
import type { EndedItem, ReleasedItem } from '@signalbox/persistence';
import { aloneUnits, type HeldItem } from '../line/held-item.js';
import type { BatchRun } from './batch-run.js';
import type { CallEnd } from './call-provider.js';
import type { ChosenNode } from './choose-node.js';
import type { SendingLine } from './sending-line.js';

/** A request that is tried again waits in the queue until then; `owesRetry`: the budget must allow it first. */
export interface Later {
  held: HeldItem;
  released: ReleasedItem;
  owesRetry: boolean;
}

export type Judged =
  | { kind: 'ends'; ended: { held: HeldItem; end: EndedItem }[]; later: Later[] }
  /** The provider refused them together: which one is to blame must be found out. The attempts were none. */
  | { kind: 'bisect'; released: ReleasedItem[] };

export interface CallToJudge {
  run: BatchRun;
  line: SendingLine;
  call: WireCall;
  end: CallEnd;
  claimed: readonly HeldItem[];
  claimId: string;
  /** Which attempt this was, by request. */
  attempts: ReadonlyMap<string, number>;
  node: ChosenNode;
  nowMs: number;
}

/** A retry that the budget forbids is asked for again in about a window of the budget. */
const ASK_BUDGET_AGAIN_MS = 10_000;
/** What is kept of a refusal's body. */
const MOST_KEPT_BYTES = 16_384;

/** What a call's end means for each of its requests. */
export function judge(asked: CallToJudge): Judged {
  const { call, end, run, claimed, nowMs } = asked;
  if (end.outcome !== 'success') return judgeFailure(asked);
  const results = decodeCall(
    run.operation,
    call,
    end.responses,
    claimed.map(({ wire }) => wire),
    nowMs,
  );
  const judged: Judged & { kind: 'ends' } = { kind: 'ends', ended: [], later: [] };
  for (const held of claimed) {
    const result = results.get(held.item.requestId);
    if (result?.ok === true) judged.ended.push({ held, end: succeeded(asked, held, result) });
    else judgeMissing(asked, held, judged);
  }
  return judged;
}

/** The call as a whole failed. */
function judgeFailure(asked: CallToJudge): Judged {
  const { claimed, line, end, attempts, node, nowMs } = asked;
  const { maxAttempts } = line.policy;
  const failed = {
    ...end,
    items: claimed.length,
    attempts: Math.min(...attempts.values()),
    maxAttempts,
    repeatable: claimed.every(({ operation, wire }) => operation.repeatable(wire)),
  };
  const decision = decideRetry(failed, line.retryBudget, line.rng, nowMs);
  if (decision.kind === 'bisect') {
    const released = claimed.map((held) => release(asked, held, nowMs, 'refused', end.message, true));
    return { kind: 'bisect', released };
  }
  const judged: Judged & { kind: 'ends' } = { kind: 'ends', ended: [], later: [] };
  for (const held of claimed) {
    if (decision.kind === 'retry' && decision.changeNode) held.failedNodes.add(node.nodeId);
    const spent = decision.kind === 'retry' && (attempts.get(held.item.requestId) ?? 1) >= maxAttempts;
    place(
      asked,
      held,
      spent ? { kind: 'dead_letter', reason: 'attempts_exhausted' } : decision,
      end.message,
      judged,
    );
  }
  return judged;
}

/** The call succeeded and its answer has no part for this item. */
function judgeMissing(asked: CallToJudge, held: HeldItem, judged: Judged & { kind: 'ends' }): void {
  const { line, attempts, end, nowMs } = asked;
  const decision = decideRetry(
    {
      outcome: 'server_error',
      statusCode: end.statusCode,
      retryAfterMs: null,
      items: 1,
      attempts: attempts.get(held.item.requestId) ?? 1,
      maxAttempts: line.policy.maxAttempts,
      repeatable: held.operation.repeatable(held.wire),
      neverSent: false,
    },
    line.retryBudget,
    line.rng,
    nowMs,
  );
  place(asked, held, decision, 'the provider’s answer has no part for this request', judged);
}

function place(
  asked: CallToJudge,
  held: HeldItem,
  decision: Exclude<RetryDecision, { kind: 'bisect' }> | RetryDecision,
  message: string,
  judged: Judged & { kind: 'ends' },
): void {
  const { line, end, nowMs } = asked;
  if (decision.kind === 'retry') {
    const reason = end.outcome === 'rate_limited' ? 'rate_limited' : 'node_failed';
    // A provider that refused without looking has cost no attempt.
    const refund = end.outcome === 'rate_limited';
    const released = release(asked, held, nowMs + decision.afterMs, reason, message, refund);
    judged.later.push({ held, released, owesRetry: false });
  } else if (decision.kind === 'dead_letter' && decision.reason === 'retry_budget_exhausted') {
    // Not dead: in an outage the budget is empty for nearly everybody. It waits until a retry can be afforded.
    const atMs = nowMs + Math.ceil(ASK_BUDGET_AGAIN_MS * (0.5 + line.rng()));
    judged.later.push({
      held,
      released: release(asked, held, atMs, 'retry_budget', message, false),
      owesRetry: true,
    });
  } else if (decision.kind === 'dead_letter') {
    judged.ended.push({ held, end: ended(asked, held, decision.reason as BatchReason, message) });
  }
}

function succeeded(asked: CallToJudge, held: HeldItem, result: ItemResult & { ok: true }): EndedItem {
  return {
    requestId: held.item.requestId,
    claimId: asked.claimId,
    state: 'succeeded',
    endedAtMs: asked.nowMs,
    statusCode: result.statusCode,
    result: result.body ?? null,
    reason: null,
    message: null,
    duplicateOf: null,
    aloneUnits: aloneUnits(held),
  };
}

/** A refused read has its answer, and asking again would bring the same: it failed. A refused write waits for a person. */
function ended(asked: CallToJudge, held: HeldItem, reason: BatchReason, message: string): EndedItem {
  const { end, claimId, nowMs } = asked;
  const isRead = held.operation.effect(held.wire.payload) === 'read';
  const last = end.responses.at(-1);
  return {
    requestId: held.item.requestId,
    claimId,
    state: reason === 'refused' && isRead ? 'failed' : 'dead',
    endedAtMs: nowMs,
    statusCode: end.statusCode,
    result: last === undefined ? null : bodyOf(last.body),
    reason,
    message,
    duplicateOf: null,
    aloneUnits: aloneUnits(held),
  };
}

function release(
  { claimId }: CallToJudge,
  held: HeldItem,
  availableAtMs: number,
  reason: BatchReason,
  message: string,
  refundAttempt: boolean,
): ReleasedItem {
  const { requestId, queueId } = held.item;
  return { requestId, claimId, availableAtMs, queueId, reason, message, refundAttempt };
}

function bodyOf(text: string): unknown {
  if (text === '') return null;
  if (Buffer.byteLength(text) > MOST_KEPT_BYTES) return text.slice(0, MOST_KEPT_BYTES);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
