import type {
  Assurance,
  BudgetBand,
  RecommendationKind,
  RecommendationState,
  SavingCause,
} from '@signalbox/contracts';
import { dollars, NOT_MEASURED, percent } from '../../parts/figures';

/** What money is called on this page; records of the contract's words, so that a new one is missed by the compiler. */
export const BANDS: Record<BudgetBand, { title: string; color: string; says: string }> = {
  open: { title: 'Open', color: 'teal', says: 'Every call is let through' },
  throttled: {
    title: 'Throttled',
    color: 'yellow',
    says: 'Fewer calls are let through, less important ones first',
  },
  exhausted: { title: 'Exhausted', color: 'red', says: 'Only an emergency override is let through' },
};

export const KINDS: Record<RecommendationKind, string> = {
  strategy: 'Strategy',
  weights: 'Weights',
  cheaper_node: 'Cheaper node',
  batching_window: 'Batching window',
  deduplication: 'Deduplication',
};

export const STATES: Record<RecommendationState, { title: string; color: string }> = {
  open: { title: 'Open', color: 'blue' },
  applied: { title: 'Applied', color: 'green' },
  rolled_back: { title: 'Rolled back', color: 'orange' },
  dismissed: { title: 'Dismissed', color: 'gray' },
};

export const SURENESS: Record<Assurance, string> = { high: 'green', medium: 'yellow', low: 'red' };
export const RISKS: Record<Assurance, string> = { low: 'green', medium: 'yellow', high: 'red' };

export const CAUSES: Record<SavingCause, { title: string; color: string; says: string }> = {
  routing: {
    title: 'Routing',
    color: 'teal.6',
    says: 'Calls that went to another node than the primary one',
  },
  batching: { title: 'Batching', color: 'blue.6', says: 'Requests that shared a call' },
  deduplication: {
    title: 'Deduplication',
    color: 'grape.6',
    says: 'Requests answered by another one’s answer',
  },
  limiting: {
    title: 'Limiting',
    color: 'orange.6',
    says: 'Calls refused by a budget or a limit: not part of the sum, for they were not served',
  },
};

const UNAVAILABLE: Record<string, string> = {
  'too-little-history': 'fewer than 6 hours have been measured',
  'history-is-stale': 'nothing has been measured in the last day',
  'period-ended': 'the period is over',
  'horizon-too-long': 'it would be more than 62 days ahead',
  'time-zones-differ': 'the services end their days in different time zones',
  'history-cannot-be-read': 'the history could not be read',
  'no-forecaster': 'this process has no forecaster',
};

/** Why there is no forecast, in words. */
export function whyNoForecast(reason: string | null): string {
  return reason === null ? 'no reason is given' : (UNAVAILABLE[reason] ?? reason.replaceAll('-', ' '));
}

/** With its sign: `+$1.20`, `−$0.30`. */
export function signedDollars(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return NOT_MEASURED;
  return usd === 0 ? dollars(0) : `${usd > 0 ? '+' : '−'}${dollars(Math.abs(usd))}`;
}

/** A ratio as percent with its sign. */
export function signedPercent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined) return NOT_MEASURED;
  return ratio === 0 ? '0 %' : `${ratio > 0 ? '+' : '−'}${percent(Math.abs(ratio))}`;
}

/** A difference of two ratios in percentage points. */
export function points(difference: number | null | undefined): string {
  if (difference === null || difference === undefined) return NOT_MEASURED;
  const value = difference * 100;
  const digits = Math.abs(value) < 10 ? 2 : 1;
  return value === 0 ? '0 points' : `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(digits)} points`;
}

/** Green for what is good, red for what is not, nothing for nothing. */
export function goodOrBad(value: number | null | undefined): { c?: string } {
  if (value === null || value === undefined || value === 0) return {};
  return { c: value > 0 ? 'var(--mantine-color-green-text)' : 'var(--mantine-color-red-text)' };
}
