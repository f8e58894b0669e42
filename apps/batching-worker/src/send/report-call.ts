import { Inject, Injectable, Logger } from '@nestjs/common';
import type { WireCall } from '@signalbox/batching';
import { isBilled, toUsd, type MicroUsd, type OutcomeReported } from '@signalbox/contracts';
import { CLOCK, tellDurably } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';
import type { BatchRun } from './batch-run.js';
import type { CallEnd } from './call-provider.js';
import type { ChosenNode } from './choose-node.js';

interface Called {
  run: BatchRun;
  node: ChosenNode;
  call: WireCall;
  end: CallEnd;
  reservationId: string | null;
}

/** Tells what became of a call: routing learns from it, and the ledger settles by it. */
@Injectable()
export class ReportCall {
  private readonly logger = new Logger(ReportCall.name);

  constructor(
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** In the background, across outages of NATS. Returns what the call cost. */
  report({ run, node, call, end, reservationId }: Called): MicroUsd {
    const costMicroUsd = mayBeBilled(end) ? call.billableUnits * node.unitPriceMicroUsd : 0;
    const { serviceName } = run;
    const event: OutcomeReported = {
      eventId: `batch:${node.coordinationId}`,
      occurredAt: new Date(this.clock.nowMs()).toISOString(),
      serviceName,
      coordinationId: node.coordinationId,
      nodeId: node.nodeId,
      outcome: end.outcome,
      ...(end.statusCode !== null && { statusCode: end.statusCode }),
      latencyMs: end.latencyMs,
      actualCost: toUsd(costMicroUsd),
      ...(end.retryAfterMs !== null && { retryAfterSeconds: Math.min(86_400, end.retryAfterMs / 1_000) }),
      ...(reservationId !== null && { reservationId }),
    };
    tellDurably(this.bus, 'outcomes.reported', serviceName, event, run.batchId).catch((error: unknown) =>
      this.logger.error(`The outcome of ${node.coordinationId} is lost: ${String(error)}`),
    );
    return costMicroUsd;
  }
}

/** As of any call; and here it is known whether a connection broke before a byte of the request had left. */
function mayBeBilled({ outcome, statusCode, neverSent }: CallEnd): boolean {
  return !neverSent && (outcome === 'connection_error' || isBilled(outcome, statusCode));
}
