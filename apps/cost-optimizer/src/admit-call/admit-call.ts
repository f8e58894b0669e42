import { Injectable } from '@nestjs/common';
import type { AdmissionRequest as LedgerRequest, Verdict } from '@signalbox/budgets';
import {
  SignalboxError,
  toMicroUsd,
  type AdmissionAnswer,
  type AdmissionRequest,
  type CallPriority,
} from '@signalbox/contracts';
import { ObservedLedger } from '../ledger/observed-ledger.js';
import { answerOf } from './admission-answer.js';
import { OverrideEscrow } from './override-escrow.js';

/** Calls that draw on one override at the same time take each other's part: a lost race is run again. */
const MAX_DRAWS = 3;
const AGAIN_SECONDS = 1;

/**
 * May this call go now? One atomic step over all tiers and both budgets, journalled before the answer. What is admitted
 * is reserved under the `requestId`, until an outcome that names it settles it.
 */
@Injectable()
export class AdmitCall {
  constructor(
    private readonly ledger: ObservedLedger,
    private readonly overrides: OverrideEscrow,
  ) {}

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE when the ledger cannot be asked: nothing is admitted blindly */
  async execute(request: AdmissionRequest): Promise<AdmissionAnswer> {
    const { serviceName, requestId } = request;
    const priority = request.priority.toUpperCase() as CallPriority;
    const estimateMicroUsd = toMicroUsd(request.estimatedCost);
    const asked: LedgerRequest = { serviceName, requestId, priority, estimateMicroUsd };
    try {
      return answerOf(
        priority === 'CRITICAL' ? await this.admitCritical(asked) : await this.ledger.admit(asked),
      );
    } catch (error) {
      throw soonAgain(error);
    }
  }

  /** Past the cap an emergency override pays, as far as it goes. */
  private async admitCritical(asked: LedgerRequest): Promise<Verdict> {
    const { serviceName, estimateMicroUsd } = asked;
    let verdict = await this.ledger.admit({ ...asked, override: this.overrides.drawOf(serviceName) });
    for (let draw = 0; draw < MAX_DRAWS && isRefusedByBudget(verdict); draw++) {
      const override = await this.overrides.extend(serviceName, estimateMicroUsd).catch(() => null);
      if (override === null) break;
      verdict = await this.ledger.admit({ ...asked, override });
    }
    return verdict;
  }
}

/** A ledger that cannot be asked is mended or rebuilt in seconds: the caller is told to come back then. */
function soonAgain(error: unknown): unknown {
  if (!(error instanceof SignalboxError) || error.code !== 'DEPENDENCY_UNAVAILABLE') return error;
  const again = new SignalboxError(error.code, error.message, error.details, AGAIN_SECONDS);
  again.cause = error;
  return again;
}

/** By money alone: what a tier refuses, no override lets through. */
function isRefusedByBudget({ allowed, refusedBy }: Verdict): boolean {
  return !allowed && refusedBy.every((refusal) => refusal === 'budget:day' || refusal === 'budget:month');
}
