import { SignalboxError, type FieldError, type MicroUsd } from '@signalbox/contracts';
import { alertMarks, type AlertMark } from './alerts.js';
import { bandOf, type Band } from './band.js';
import { paceOf, type Pace } from './pacing.js';
import { isTimeZone, type PeriodKind } from './period.js';
import { TIER_NAMES, type AdmissionRules, type TierName } from './rules.js';

/** A budget as integers. */
export interface CompiledBudget {
  capMicroUsd: MicroUsd;
  band: Band;
  marks: AlertMark[];
}

/** Rules in the form that admission computes with. */
export interface CompiledRules {
  rules: AdmissionRules;
  pace: Pace;
  budgets: Record<PeriodKind, CompiledBudget>;
  shadow: Record<TierName | 'budget', boolean>;
}

const compiled = new WeakMap<AdmissionRules, CompiledRules>();

/** Computed once per object: pass the same one until it changes. Throws VALIDATION_FAILED, naming each bad field. */
export function compileRules(rules: AdmissionRules): CompiledRules {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const problems = rulesProblems(rules);
  if (problems.length > 0) {
    const [first] = problems;
    throw new SignalboxError('VALIDATION_FAILED', `${first?.path}: ${first?.message}`, { fields: problems });
  }
  const { budget, limits } = rules;
  const budgetOf = (capMicroUsd: MicroUsd): CompiledBudget => ({
    capMicroUsd,
    band: bandOf(budget.throttleFrom, capMicroUsd),
    marks: alertMarks(budget.alertThresholds, capMicroUsd),
  });
  const result: CompiledRules = {
    rules,
    pace: paceOf(limits.burst, limits.sustainedPerHour),
    budgets: { day: budgetOf(budget.dailyMicroUsd), month: budgetOf(budget.monthlyMicroUsd) },
    shadow: {
      burst: limits.shadow?.burst ?? false,
      sustained: limits.shadow?.sustained ?? false,
      daily: limits.shadow?.daily ?? false,
      budget: budget.shadow ?? false,
    },
  };
  compiled.set(rules, result);
  return result;
}

/** 900,000 dollars: what shares of a budget are exact to (see `shareOf`). */
const MAX_CAP_MICRO_USD = 900_000_000_000;

/** What is wrong with rules; empty when nothing is. */
export function rulesProblems({ budget, limits }: AdmissionRules): FieldError[] {
  const problems: FieldError[] = [];
  const check = (fine: boolean, path: string, message: string): void => {
    if (!fine) problems.push({ path, message });
  };
  for (const field of ['dailyMicroUsd', 'monthlyMicroUsd'] as const) {
    const cap = budget[field];
    const fine = Number.isSafeInteger(cap) && cap >= 0 && cap <= MAX_CAP_MICRO_USD;
    check(fine, `budget.${field}`, `must be whole micro-dollars from 0 to ${MAX_CAP_MICRO_USD}`);
  }
  const { warning, critical, emergency } = budget.alertThresholds;
  const rising = 0 < warning && warning < critical && critical < emergency && emergency <= 1;
  check(rising, 'budget.alertThresholds', 'must rise from warning to emergency, above 0 and at most 1');
  const from = budget.throttleFrom;
  check(from > 0 && from <= 1, 'budget.throttleFrom', 'must be above 0 and at most 1');
  check(isTimeZone(budget.timeZone), 'budget.timeZone', 'must be the IANA name of a time zone');
  for (const tier of TIER_NAMES) {
    const field = tier === 'sustained' ? 'sustainedPerHour' : tier;
    const limit = limits[field];
    const fine = Number.isInteger(limit) && limit >= 1 && limit <= 1_000_000_000;
    check(fine, `limits.${field}`, 'must be a whole number from 1 to 1,000,000,000');
  }
  return problems;
}
