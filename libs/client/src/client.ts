import { randomUUID } from 'node:crypto';
import {
  batchRequest,
  decisionRequest,
  errorEvent,
  outcomeReport,
  type BatchOperation,
  type BudgetState,
  type DecisionAnswer,
  type DecisionRequest,
  type ErrorEvent,
  type OutcomeReport,
  type ServiceName,
} from '@signalbox/contracts';
import { BatchHandle, type BatchOptions } from './batch.js';
import { fits } from './budget-watch.js';
import { runCall } from './call.js';
import { HttpTransport } from './http-transport.js';
import { NatsTransport } from './nats-transport.js';
import { OrderMemory } from './node-order.js';
import type { Attempt, CallOptions, ClientOptions } from './options.js';
import { Reachability } from './reachability.js';
import { ReportQueue, type ReportCounts } from './report-queue.js';
import { RetryBudget } from './retry-budget.js';
import type { Notice, Transport } from './transport.js';

/** A client on HTTP or NATS. Connects in the background: creating one never fails because Signalbox is away. */
export function createClient(options: ClientOptions): SignalboxClient {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const transport =
    options.transport === 'nats'
      ? new NatsTransport({ nats: options.nats, timeoutMs })
      : new HttpTransport({ url: options.url, token: options.token, timeoutMs });
  return new SignalboxClient(options, transport);
}

/** How a service asks Signalbox where to send a call and tells it what became of it. Safe for concurrent use. */
export class SignalboxClient {
  private readonly notices: ReportQueue<Notice>;
  private readonly memory: OrderMemory;
  private readonly reachability = new Reachability(() => performance.now());
  /** A budget a service: a sick provider must not spend the retries of the healthy ones. */
  private readonly budgets = new Map<ServiceName, RetryBudget>();

  constructor(
    private readonly options: ClientOptions,
    private readonly transport: Transport,
  ) {
    this.memory = new OrderMemory(options.fallbackNodes ?? {});
    this.notices = new ReportQueue({
      capacity: options.reportBufferSize ?? DEFAULT_REPORT_BUFFER_SIZE,
      lanes: transport.lanes,
      deliver: (notice) => transport.deliver(notice),
      onLost: (_, error) => options.onError?.(error),
    });
  }

  /**
   * Which node shall carry this call? Rejects with a SignalboxError: what Signalbox refused (BUDGET_EXHAUSTED,
   * NO_ELIGIBLE_NODE, …), VALIDATION_FAILED before anything is sent, or DEPENDENCY_UNAVAILABLE when it did not
   * answer in time. The caller owes the decision one {@link report}; until then the call counts as in flight.
   */
  async decide(request: DecisionRequest): Promise<DecisionAnswer> {
    return this.transport.decide(decisionRequest.parse(request));
  }

  /**
   * What became of a routed call. Returns at once; delivered in the background, once per coordinationId.
   * Throws VALIDATION_FAILED.
   */
  report(report: OutcomeReport): void {
    const body = outcomeReport.parse(report);
    const event = { eventId: `outcome:${body.coordinationId}`, occurredAt: new Date().toISOString() };
    this.notices.push({ kind: 'outcome', body: { ...body, ...event } });
  }

  /** Tells that something outside is failing. Returns at once; delivered in the background. Throws VALIDATION_FAILED. */
  emitError(event: ErrorEvent): void {
    const stamp = { eventId: `error:${randomUUID()}`, occurredAt: new Date().toISOString() };
    this.notices.push({ kind: 'error', body: { ...errorEvent.parse(event), ...stamp } });
  }

  /**
   * Runs `run` against the node that Signalbox chooses, reports the outcome, and, when the failure is the node's
   * and the call may be repeated (`idempotent` or an `idempotencyKey`), runs it on the next node inside the 20 %
   * retry budget. Resolves with what `run` gave last or rejects with what it threw last; rejects with a
   * SignalboxError when the first decision is refused. While Signalbox is unreachable the last known order of
   * nodes is used, else `fallbackNodes`.
   */
  call<T>(
    service: ServiceName,
    run: (attempt: Attempt) => T | Promise<T>,
    options: CallOptions<T> = {},
  ): Promise<T> {
    return runCall(service, run, options, {
      decide: (request) => this.decide(request),
      report: (report) => this.reportQuietly(report),
      memory: this.memory,
      reachability: this.reachability,
      budget: this.budgetOf(service),
      onAttempt: (record) => this.options.onAttempt?.(record),
    });
  }

  /**
   * Hands a request over to be sent with others: merged, paced, retried, and never lost once this resolves. With
   * `wait` it resolves when the request has ended, or after so many ms. Tries again while Signalbox does not answer,
   * under one idempotency key, so that the request is taken once. Over HTTP only.
   *
   * Rejects with a SignalboxError: VALIDATION_FAILED naming every bad field, CONFLICT when the key was used for
   * another request, DEPENDENCY_UNAVAILABLE when Signalbox did not answer in any try: then it may have been taken, and
   * the same key asks for the same request.
   */
  async batch(
    service: ServiceName,
    operation: BatchOperation,
    payload: Record<string, unknown>,
    options: BatchOptions = {},
  ): Promise<BatchHandle> {
    const { priority = 'MEDIUM', idempotencyKey = randomUUID(), deadlineMs, wait = 0 } = options;
    const request = batchRequest.parse({
      serviceName: service,
      operation,
      payload,
      priority,
      idempotencyKey,
      ...(deadlineMs !== undefined && { deadlineMs }),
    });
    const { batches } = this.transport;
    if (batches === undefined)
      throw new Error('batches are requested over HTTP: create a client with `url` and `token`');
    return BatchHandle.accept(batches, request, wait);
  }

  /**
   * What is left of a service's budgets, by what was told last: at once, for a service that would rather not ask what
   * it will not be given. Null when nothing is known, and always over HTTP. The ledger has the last word.
   */
  budget(service: ServiceName): BudgetState | null {
    return this.transport.budgets?.of(service) ?? null;
  }

  /** Whether a call of this cost fits what is left, as far as is known; true when nothing is. */
  mayAfford(service: ServiceName, costUsd: number): boolean {
    const state = this.budget(service);
    return state === null || fits(state, costUsd);
  }

  /** What became of the reports so far. */
  reportCounts(): ReportCounts {
    return this.notices.counts();
  }

  /** Resolves true once everything reported so far is delivered or lost, false when that takes over `timeoutMs`. */
  flush(timeoutMs = CLOSE_TIMEOUT_MS): Promise<boolean> {
    return this.notices.flush(timeoutMs);
  }

  /** Delivers what waits, for at most 5 s, then disconnects. The client is of no use afterwards. */
  async close(): Promise<void> {
    await this.notices.close(CLOSE_TIMEOUT_MS);
    await this.transport.close();
  }

  /** A verdict that the contract does not allow (a `classify` of the caller's) must not fail the call itself. */
  private reportQuietly(report: OutcomeReport): void {
    try {
      this.report(report);
    } catch (error) {
      this.options.onError?.(error as Error);
    }
  }

  private budgetOf(service: ServiceName): RetryBudget {
    const known = this.budgets.get(service);
    if (known !== undefined) return known;
    const budget = new RetryBudget(() => performance.now());
    this.budgets.set(service, budget);
    return budget;
  }
}

const DEFAULT_TIMEOUT_MS = 500;
const DEFAULT_REPORT_BUFFER_SIZE = 10_000;
const CLOSE_TIMEOUT_MS = 5_000;
