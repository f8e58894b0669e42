import type { Operation } from '@signalbox/batching';
import {
  toUsd,
  type BatchCompleted,
  type BatchFailed,
  type BatchItemState,
  type CallPriority,
  type MicroUsd,
  type OutcomeKind,
  type ServiceName,
} from '@signalbox/contracts';
import type { BatchNews, CallTally, EndedItem } from '@signalbox/persistence';
import type { HeldItem } from '../line/held-item.js';

/** Items that one event names at most; more go in further events. */
const MOST_NAMED = 1_000;

interface Named {
  requestId: string;
  state: BatchItemState;
  statusCode: number | null;
  duplicateOf: string | null;
}

/** One batch on its way: what it is made of, what it has cost, and what has become of its requests so far. */
export class BatchRun {
  /** Parts of it that are still to end; the last one brings the news. */
  openParts = 1;
  nodeId: string | null = null;
  coordinationId: string | null = null;
  /** What the assembler learns from: the worst that befell a part, and the longest it took. */
  outcome: OutcomeKind = 'success';
  latencyMs = 0;
  private readonly sent = { calls: 0, billableUnits: 0, costMicroUsd: 0 };
  private untold: Omit<CallTally, 'serviceName'> = NOTHING;
  private readonly named: Named[] = [];
  private readonly retrying: string[] = [];
  private failure: string | null = null;

  constructor(
    readonly batchId: string,
    readonly serviceName: ServiceName,
    readonly operation: Operation,
    readonly priority: CallPriority,
    readonly items: readonly HeldItem[],
    readonly leftAtMs: number,
  ) {}

  called(calls: number, billableUnits: number, costMicroUsd: MicroUsd, isRetry: boolean): void {
    this.sent.calls += calls;
    this.sent.billableUnits += billableUnits;
    this.sent.costMicroUsd += costMicroUsd;
    const { untold } = this;
    this.untold = {
      ...untold,
      calls: untold.calls + calls,
      retries: untold.retries + (isRetry ? calls : 0),
      billableUnits: untold.billableUnits + billableUnits,
      costMicroUsd: untold.costMicroUsd + costMicroUsd,
    };
  }

  bisected(): void {
    this.untold = { ...this.untold, bisections: this.untold.bisections + 1 };
  }

  learn(outcome: OutcomeKind, latencyMs: number): void {
    this.latencyMs = Math.max(this.latencyMs, latencyMs);
    if (outcome !== 'success') this.outcome = outcome;
  }

  ended({ requestId, state, statusCode, duplicateOf, message }: EndedItem): void {
    this.named.push({ requestId, state, statusCode, duplicateOf });
    if (state === 'dead') this.failure ??= message;
  }

  willRetry(requestId: string, reason: string): void {
    this.retrying.push(requestId);
    this.failure ??= reason;
  }

  /** What calls added since this was last asked. */
  takeTallies(): CallTally[] {
    const { untold, serviceName } = this;
    this.untold = NOTHING;
    return untold === NOTHING ? [] : [{ serviceName, ...untold }];
  }

  /**
   * What to tell at the end. What was sent and what it cost is in the first event only: in `batches.completed`, or in
   * `batches.failed` when nothing was completed. So the sums over all events are right.
   */
  news(nowMs: number): BatchNews[] {
    const dead = this.named.filter(({ state }) => state === 'dead');
    const done = this.named.filter(({ state }) => state !== 'dead');
    const news: BatchNews[] = [];
    for (let from = 0; from < done.length; from += MOST_NAMED) {
      const items = done.slice(from, from + MOST_NAMED);
      const body: BatchCompleted = { ...this.head(nowMs, news.length), items };
      news.push({ eventId: body.eventId, fact: 'batches.completed', serviceName: this.serviceName, body });
    }
    const failed = [...dead.map(({ requestId }) => requestId), ...this.retrying];
    for (let from = 0; from < failed.length; from += MOST_NAMED) {
      const requestIds = failed.slice(from, from + MOST_NAMED);
      const deadLettered = requestIds.slice(0, Math.max(0, dead.length - from));
      const body: BatchFailed = {
        ...this.head(nowMs, news.length),
        reason: (this.failure || 'failed').slice(0, 500),
        willRetry: deadLettered.length < requestIds.length,
        requestIds,
        deadLettered,
      };
      news.push({ eventId: body.eventId, fact: 'batches.failed', serviceName: this.serviceName, body });
    }
    return news;
  }

  private head(nowMs: number, index: number) {
    const { calls, billableUnits, costMicroUsd } = index === 0 ? this.sent : NOTHING;
    const acceptedAtMs = Math.min(...this.items.map(({ item }) => item.acceptedAtMs));
    return {
      eventId: index === 0 ? this.batchId : `${this.batchId}:${index}`,
      occurredAt: new Date(nowMs).toISOString(),
      serviceName: this.serviceName,
      batchId: this.batchId,
      operation: this.operation.name,
      nodeId: this.nodeId,
      coordinationId: this.coordinationId,
      requestsSent: calls,
      billableUnits,
      costUsd: toUsd(costMicroUsd),
      waitMs: atMostADay(this.leftAtMs - acceptedAtMs),
      durationMs: atMostADay(nowMs - this.leftAtMs),
    };
  }
}

const NOTHING = { calls: 0, retries: 0, bisections: 0, billableUnits: 0, costMicroUsd: 0 };

/** As the contract bounds every duration. */
function atMostADay(ms: number): number {
  return Math.min(86_400_000, Math.max(0, ms));
}
