import {
  toMicroUsd,
  toUsd,
  type DecisionAnswer,
  type DecisionRequest,
  type OutcomeKind,
  type OutcomeReport,
  type ServiceName,
} from '@signalbox/contracts';
import { attemptOn, type Ended } from './attempt.js';
import type { Settled } from './classify.js';
import {
  localCoordinationId,
  orderOf,
  type CallNode,
  type NodeOrder,
  type OrderMemory,
} from './node-order.js';
import type { Attempt, AttemptRecord, CallOptions } from './options.js';
import type { Reachability } from './reachability.js';
import type { RetryBudget } from './retry-budget.js';
import { isUnavailable, unavailable } from './transport.js';

export interface CallDependencies {
  decide: (request: DecisionRequest) => Promise<DecisionAnswer>;
  report: (report: OutcomeReport) => void;
  memory: OrderMemory;
  reachability: Reachability;
  budget: RetryBudget;
  onAttempt: (record: AttemptRecord) => void;
}

const DEFAULT_MAX_ATTEMPTS = 3;

/** Failures that another node may not share. A `client_error` would be one anywhere. */
const WORTH_ANOTHER_NODE = new Set<OutcomeKind>([
  'timeout',
  'connection_error',
  'server_error',
  'rate_limited',
]);

/**
 * One call: decide, try, report, and fall back while that is allowed and there is somewhere to go.
 *
 * Every attempt asks for a decision of its own, once the failure before it is on its way. A decision is what
 * takes an in-flight ticket, passes the budget gate and is settled by exactly one outcome: an attempt that
 * rode on the first decision's id would be dropped as a repeat of it. The fresh decision also knows what the
 * first one did not (a circuit opened since, a Retry-After). Its ranking is walked past the nodes that this
 * call has already tried. When Signalbox does not answer in between, the ranking at hand is walked instead,
 * under ids made here.
 */
export async function runCall<T>(
  service: ServiceName,
  run: (attempt: Attempt) => T | Promise<T>,
  options: CallOptions<T>,
  deps: CallDependencies,
): Promise<T> {
  const request = requestOf(service, options);
  const tried = new Set<string>();
  let order = await firstOrder(request, deps);
  deps.budget.deposit();
  for (let number = 1; ; number++) {
    // A fresh decision that offers only what was tried still chose: being asked again, it knew better than we.
    const node = untried(order, tried) ?? order.nodes[0]!;
    tried.add(node.nodeId);
    const ended = await attemptOn(node, number, order, run, options);
    const { outcome } = ended.verdict;
    deps.report(outcomeReport(service, node, order, ended, options));
    deps.onAttempt({
      serviceName: service,
      nodeId: node.nodeId,
      coordinationId: order.coordinationId,
      attempt: number,
      outcome,
      latencyMs: ended.latencyMs,
      chosenBy: order.source,
    });
    const nodeFailed = WORTH_ANOTHER_NODE.has(outcome);
    if (nodeFailed) deps.memory.demote(service, node.nodeId);

    const mayTryAnother =
      nodeFailed &&
      isRepeatable(options) &&
      number < (options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS) &&
      options.signal?.aborted !== true &&
      untried(order, tried) !== undefined &&
      deps.budget.withdraw();
    const next = mayTryAnother ? await nextOrder(request, order, deps) : undefined;
    if (next === undefined) return unwrap(ended.result);
    order = next;
  }
}

function requestOf(serviceName: ServiceName, options: CallOptions<never>): DecisionRequest {
  const {
    operation = 'call',
    routingContext,
    backendAgentContext,
    businessContext,
    coordinationRequirements,
  } = options;
  return {
    serviceName,
    operation,
    ...(routingContext && { routingContext }),
    ...(backendAgentContext && { backendAgentContext }),
    ...(businessContext && { businessContext }),
    ...(coordinationRequirements && { coordinationRequirements }),
  };
}

/** A decision, else what is remembered. Throws what Signalbox refuses, or that there is nothing to go by. */
async function firstOrder(request: DecisionRequest, deps: CallDependencies): Promise<NodeOrder> {
  const decided = await askForOrder(request, deps);
  const order = decided ?? deps.memory.recall(request.serviceName, Date.now());
  if (order === undefined) {
    throw unavailable(
      `Signalbox is unreachable and no fallback nodes are configured for ${request.serviceName}`,
    );
  }
  return order;
}

/** Where to go after a failure; undefined when Signalbox refuses another attempt (no budget, no node, shed). */
async function nextOrder(
  request: DecisionRequest,
  current: NodeOrder,
  deps: CallDependencies,
): Promise<NodeOrder | undefined> {
  try {
    const decided = await askForOrder(request, deps);
    return decided ?? { ...current, coordinationId: localCoordinationId(Date.now()) };
  } catch {
    return undefined;
  }
}

/** Undefined when Signalbox cannot be asked now; throws what it answers otherwise. */
async function askForOrder(request: DecisionRequest, deps: CallDependencies): Promise<NodeOrder | undefined> {
  if (!deps.reachability.mayAsk()) return undefined;
  try {
    const order = orderOf(await deps.decide(request));
    deps.reachability.answered();
    deps.memory.remember(request.serviceName, order);
    return order;
  } catch (error) {
    if (!isUnavailable(error)) {
      deps.reachability.answered();
      throw error;
    }
    deps.reachability.failed(error.retryAfterSeconds);
    return undefined;
  }
}

/** The last attempt's own end is the call's: its value, or the very error that the function threw. */
function unwrap<T>(result: Settled<T>): T {
  if (result.ok) return result.value;
  throw result.error;
}

function outcomeReport<T>(
  serviceName: ServiceName,
  node: CallNode,
  order: NodeOrder,
  { result, verdict, latencyMs }: Ended<T>,
  options: CallOptions<T>,
): OutcomeReport {
  const costUsd = result.ok ? options.actualCostUsd?.(result.value) : undefined;
  return {
    serviceName,
    coordinationId: order.coordinationId,
    nodeId: node.nodeId,
    ...verdict,
    latencyMs: Math.round(latencyMs * 1000) / 1000,
    ...(costUsd === undefined ? {} : { actualCost: toUsd(toMicroUsd(costUsd)) }),
  };
}

function untried(order: NodeOrder, tried: ReadonlySet<string>): CallNode | undefined {
  return order.nodes.find((node) => !tried.has(node.nodeId));
}

function isRepeatable(options: CallOptions<never>): boolean {
  return options.idempotent === true || options.idempotencyKey !== undefined;
}
