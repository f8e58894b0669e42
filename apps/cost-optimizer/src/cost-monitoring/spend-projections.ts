import { Injectable } from '@nestjs/common';
import type { LedgerState } from '@signalbox/budgets';
import type { BudgetPeriod, SpendProjection } from '@signalbox/contracts';

export interface Projected {
  projection: SpendProjection | null;
  /** Why there is none. */
  projectionUnavailable: string | null;
}

const NONE: Projected = { projection: null, projectionUnavailable: 'too-little-history' };

/** What running periods will have cost when they end. */
@Injectable()
export class SpendProjections {
  of(_state: LedgerState): Promise<Record<BudgetPeriod, Projected>> {
    return Promise.resolve({ day: NONE, month: NONE });
  }

  total(_states: readonly LedgerState[]): Promise<Record<BudgetPeriod, Projected>> {
    return Promise.resolve({ day: NONE, month: NONE });
  }
}
