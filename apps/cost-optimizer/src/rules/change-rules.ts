import { Injectable } from '@nestjs/common';
import {
  SignalboxError,
  type Budget,
  type BudgetAlertRequest,
  type PutBudget,
  type PutRateLimit,
  type RateLimit,
  type ServiceName,
} from '@signalbox/contracts';
import { BUDGETS, ChangeConfig, RATE_LIMITS, type VersionedConfig } from '@signalbox/hosting';
import type { Caller } from '@signalbox/platform';
import { LiveRules } from './live-rules.js';

/** Changes budgets and limits: versioned and audited, in force here before the answer and on every replica soon after. */
@Injectable()
export class ChangeRules {
  constructor(
    private readonly live: LiveRules,
    private readonly change: ChangeConfig,
  ) {}

  /** @throws SignalboxError IMPOSSIBLE_CONFIGURATION naming every bad field; VERSION_CONFLICT when it moved on */
  async putBudget(
    serviceName: ServiceName,
    body: PutBudget,
    caller: Caller,
  ): Promise<VersionedConfig<Budget>> {
    const { expectedVersion, comment, ...budget } = body;
    return this.budget(
      await this.change.put(BUDGETS, serviceName, budget, caller, { expectedVersion, comment }),
    );
  }

  /** Errors as of {@link putBudget}. */
  async putRateLimit(
    serviceName: ServiceName,
    body: PutRateLimit,
    caller: Caller,
  ): Promise<VersionedConfig<RateLimit>> {
    const { expectedVersion, comment, ...limits } = body;
    const changed = await this.change.put(RATE_LIMITS, serviceName, limits, caller, {
      expectedVersion,
      comment,
    });
    this.live.limits.take(changed);
    return changed;
  }

  /**
   * Thresholds and recipients, each where it is given; the rest of the budget as it is. Errors as of {@link putBudget};
   * VALIDATION_FAILED when there is nothing to set.
   */
  async setAlerts(request: BudgetAlertRequest, caller: Caller): Promise<VersionedConfig<Budget>> {
    const { serviceName, expectedVersion, comment, ...alerts } = request;
    if (Object.keys(alerts).length === 0) {
      const fields = [{ path: 'alertThresholds', message: 'is needed, or recipients' }];
      throw new SignalboxError('VALIDATION_FAILED', 'Nothing is given to set', { fields });
    }
    return this.budget(
      await this.change.edit(BUDGETS, serviceName, (budget) => ({ ...budget, ...alerts }), caller, {
        expectedVersion,
        comment,
      }),
    );
  }

  private budget(changed: VersionedConfig<Budget>): VersionedConfig<Budget> {
    this.live.budgets.take(changed);
    return changed;
  }
}
