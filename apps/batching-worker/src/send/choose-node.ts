import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  DECISIONS_REQUEST,
  toMicroUsd,
  type CallPriority,
  type DecisionAnswer,
  type DecisionRequest,
  type Envelope,
  type ErrorCode,
  type MicroUsd,
  type ServiceName,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';
import { NodeCatalog } from './node-catalog.js';

/**
 * A decision takes about a millisecond, and where nobody makes any NATS says so at once. So long one is on its way all the
 * same, on a machine that is held up: to go by memory meanwhile would be to call where it may say not to.
 */
const DECIDE_WITHIN_MS = 3_000;
/** Refusals that no other way round may be found to. */
const SAID_NO = new Set<ErrorCode>(['BUDGET_EXHAUSTED', 'NO_ELIGIBLE_NODE', 'TRAFFIC_SHED']);
/** Where a refusal does not say when to come back. */
const ASK_AGAIN_MS = 5_000;

export interface Wanted {
  serviceName: ServiceName;
  operation: string;
  priority: CallPriority;
  requestId: string;
  reservationId: string | null;
  /** Nodes that have failed these requests: taken only when there is no other. */
  avoid: ReadonlySet<string>;
}

export interface ChosenNode {
  nodeId: string;
  baseUrl: string;
  unitPriceMicroUsd: MicroUsd;
  coordinationId: string;
  /** `remembered`: the coordinator did not answer, and this is its last order, or the catalog's. */
  chosenBy: 'decision' | 'remembered';
}

export type Choice = { node: ChosenNode } | { refused: ErrorCode; message: string; retryAfterMs: number };

type Ranked = Pick<ChosenNode, 'nodeId' | 'baseUrl' | 'unitPriceMicroUsd'>;

/** Asks the coordinator who shall carry a call; by its last answer, or the catalog, while it does not answer. */
@Injectable()
export class ChooseNode {
  private readonly remembered = new Map<ServiceName, Ranked[]>();

  constructor(
    private readonly bus: MessageBus,
    private readonly catalog: NodeCatalog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async choose(wanted: Wanted): Promise<Choice> {
    const answer = await this.ask(wanted).catch(() => null);
    if (answer?.success === true) return this.decided(answer.data, wanted);
    if (answer?.success === false && SAID_NO.has(answer.error.code)) {
      return { refused: answer.error.code, message: answer.error.message, retryAfterMs: ASK_AGAIN_MS };
    }
    return this.byMemory(wanted);
  }

  private ask(wanted: Wanted): Promise<Envelope<DecisionAnswer>> {
    const { serviceName, operation, priority, requestId, reservationId } = wanted;
    const request: DecisionRequest = {
      serviceName,
      operation,
      ...(reservationId !== null && { reservationId }),
      routingContext: { requestMetadata: { requestId, priority } },
    };
    return this.bus.request(DECISIONS_REQUEST, request, { timeoutMs: DECIDE_WITHIN_MS });
  }

  private decided({ coordinationId, routingDecision }: DecisionAnswer, wanted: Wanted): Choice {
    const order = [routingDecision.selectedNode, ...routingDecision.alternatives].map((node) => ({
      nodeId: node.nodeId,
      baseUrl: node.baseUrl,
      unitPriceMicroUsd: toMicroUsd(node.costPerRequest),
    }));
    this.remembered.set(wanted.serviceName, order);
    return { node: { ...pick(order, wanted.avoid), coordinationId, chosenBy: 'decision' } };
  }

  private byMemory(wanted: Wanted): Choice {
    const order = this.remembered.get(wanted.serviceName) ?? this.catalogOrder(wanted.serviceName);
    if (order.length === 0) {
      const message = `Nobody decides, and the catalog of ${wanted.serviceName} cannot be read`;
      return { refused: 'NO_ELIGIBLE_NODE', message, retryAfterMs: ASK_AGAIN_MS };
    }
    const second = Math.floor(this.clock.nowMs() / 1_000);
    const coordinationId = `batch_${second}_${randomBytes(6).toString('hex')}`;
    return { node: { ...pick(order, wanted.avoid), coordinationId, chosenBy: 'remembered' } };
  }

  private catalogOrder(serviceName: ServiceName): Ranked[] {
    return this.catalog.fallbackOrder(serviceName).map(({ nodeId, baseUrl, costPerRequestUsd }) => ({
      nodeId,
      baseUrl,
      unitPriceMicroUsd: toMicroUsd(costPerRequestUsd),
    }));
  }
}

/** The first that has not failed these requests; the very first when all have: it was ranked so knowing more than we. */
function pick(order: readonly Ranked[], avoid: ReadonlySet<string>): Ranked {
  const [first] = order as [Ranked];
  return order.find(({ nodeId }) => !avoid.has(nodeId)) ?? first;
}
