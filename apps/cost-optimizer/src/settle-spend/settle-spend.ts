import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  CALL_PRIORITIES,
  decidedSecondMs,
  toMicroUsd,
  type CallPriority,
  type DecisionMade,
  type OutcomeReported,
  type ServiceName,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { ReservationPayers } from '@signalbox/persistence';
import { Metrics } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { ObservedLedger } from '../ledger/observed-ledger.js';
import { callCost } from './call-cost.js';
import { NodePrices } from './node-prices.js';

/**
 * The ledger remembers settled ids for 24 hours: what comes later than that could be counted twice, and an hour is left
 * for what waits in between. Streams keep decisions and outcomes for a day.
 */
const TAKEN_FOR_MS = 23 * 3_600_000;

interface Attempt {
  serviceName: ServiceName;
  coordinationId: string;
  reservationId: string | null;
}

/**
 * Keeps the ledger true to what is decided and done, behind the streams: a decision reserves what the call is estimated
 * to cost, its outcome settles what it did. In any order and any number of times: each attempt has one entry, under the
 * reservation that was made for it or, without one, under its own coordination id.
 */
@Injectable()
export class SettleSpend {
  private readonly logger = new Logger(SettleSpend.name);
  private readonly late;

  constructor(
    private readonly ledger: ObservedLedger,
    private readonly payers: ReservationPayers,
    private readonly prices: NodePrices,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.late = metrics.counter({
      name: 'signalbox_spend_events_late_total',
      help: 'Decisions and outcomes that came more than 23 hours after the decision, and were not accounted',
      labelNames: ['fact'],
    });
  }

  /** The calls are under way already, so nothing is refused here. */
  async decided(events: readonly DecisionMade[]): Promise<void> {
    const timely = events.filter((event) => this.isTimely('decisions.made', event.decision.coordinationId));
    const ids = await this.entriesOf(
      timely.map(({ serviceName, reservationId, decision: { coordinationId } }) => ({
        serviceName,
        coordinationId,
        reservationId: reservationId ?? null,
      })),
    );
    await Promise.all(timely.map((event, index) => this.reserve(event, ids[index]!)));
  }

  async reported(events: readonly OutcomeReported[]): Promise<void> {
    await this.prices.known();
    const timely = events.filter((event) => this.isTimely('outcomes.reported', event.coordinationId));
    const ids = await this.entriesOf(
      timely.map(({ serviceName, coordinationId, reservationId }) => ({
        serviceName,
        coordinationId,
        reservationId: reservationId ?? null,
      })),
    );
    await Promise.all(timely.map((event, index) => this.settle(event, ids[index]!)));
  }

  private async reserve(event: DecisionMade, requestId: string): Promise<void> {
    const { serviceName, leaseId, decision } = event;
    const priority = priorityOf(event.priority);
    const amountMicroUsd = toMicroUsd(decision.routingDecision.estimatedCost);
    if (typeof leaseId === 'string') {
      await this.ledger.transfer({ serviceName, leaseId, requestId, priority, amountMicroUsd });
    } else {
      // An override that pays for it has been drawn on where it was decided.
      await this.ledger.admit({
        serviceName,
        requestId,
        priority,
        estimateMicroUsd: amountMicroUsd,
        force: true,
      });
    }
  }

  private async settle(event: OutcomeReported, reservationId: string): Promise<void> {
    const { serviceName, nodeId, coordinationId } = event;
    const cost = callCost(event, this.prices.of(serviceName, nodeId));
    if (cost.kind === 'never_made') await this.ledger.release({ serviceName, reservationId });
    else await this.ledger.commit({ serviceName, reservationId, actualMicroUsd: cost.microUsd });
    // The decision did not know of the reservation and made one of its own.
    if (reservationId !== coordinationId) {
      await this.ledger.release({ serviceName, reservationId: coordinationId });
    }
  }

  /** Under which id each attempt is accounted. */
  private async entriesOf(attempts: readonly Attempt[]): Promise<string[]> {
    const reserved = attempts.flatMap(({ reservationId, ...attempt }) =>
      reservationId === null ? [] : [{ ...attempt, reservationId }],
    );
    const pays = await this.payers.claim(reserved, this.clock.nowMs());
    let next = 0;
    return attempts.map(({ reservationId, coordinationId }) =>
      reservationId !== null && pays[next++] === true ? reservationId : coordinationId,
    );
  }

  private isTimely(fact: string, coordinationId: string): boolean {
    const decidedMs = decidedSecondMs(coordinationId);
    if (decidedMs !== null && this.clock.nowMs() - decidedMs < TAKEN_FOR_MS) return true;
    this.late.inc({ fact });
    this.logger.warn(`${fact} of ${coordinationId} came too late to be accounted`);
    return false;
  }
}

function priorityOf(word: string | null): CallPriority {
  return CALL_PRIORITIES.find((priority) => priority === word?.toUpperCase()) ?? 'MEDIUM';
}
