import { Controller } from '@nestjs/common';
import {
  ADMISSIONS_QUEUE_GROUP,
  LEASES_REQUEST,
  leaseRequest,
  ok,
  toMicroUsd,
  toUsd,
  type LeaseAnswer,
  type LeaseRequest,
  type Success,
} from '@signalbox/contracts';
import { Replies } from '@signalbox/messaging';
import { ObservedLedger } from '../ledger/observed-ledger.js';

/** Lends slices of budgets to those who decide without waiting. What they draw comes back with `decisions.made`. */
@Controller()
export class LendBudgetReplies {
  constructor(private readonly ledger: ObservedLedger) {}

  @Replies(LEASES_REQUEST, { queue: ADMISSIONS_QUEUE_GROUP, request: leaseRequest })
  async lend({ wantUsd, leastUsd, ...order }: LeaseRequest): Promise<Success<LeaseAnswer>> {
    const grant = await this.ledger.lease({
      ...order,
      wantMicroUsd: toMicroUsd(wantUsd),
      leastMicroUsd: toMicroUsd(leastUsd),
    });
    return ok({
      leaseId: grant.leaseId,
      grantedUsd: toUsd(grant.grantedMicroUsd),
      expiresAt: grant.expiresAtMs === null ? null : new Date(grant.expiresAtMs).toISOString(),
    });
  }
}
