export const PERIOD_KINDS = ['day', 'month'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** A day or month of a time zone: from `startsAtMs` up to, not including, `endsAtMs`. */
export interface BudgetPeriod {
  kind: PeriodKind;
  /** `2026-11-21` or `2026-11`. */
  key: string;
  startsAtMs: number;
  endsAtMs: number;
}
