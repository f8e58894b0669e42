import { toMicroUsd, type RecoveryStrategy } from '@signalbox/contracts';
import { natureOf, type RecoverySignal } from './signal.js';

/** From this on, revenue at risk outweighs what any recovery costs: routing the dearest way is cents a call. */
const SERIOUS_REVENUE_MICRO_USD = toMicroUsd(1_000);
const SERIOUS_CUSTOMER_IMPACT = /severe|critical|major|high|total|widespread/i;
const SLIGHT_CUSTOMER_IMPACT = /none|minimal|minor|low|negligible/i;

interface FocusRule {
  readonly focus: RecoveryStrategy;
  /** For people: goes into the record of the activation. */
  readonly because: string;
  applies(signal: RecoverySignal): boolean;
}

/** Business impact decides what a recovery is for; the first rule that applies wins. */
const RULES: readonly FocusRule[] = [
  {
    focus: 'AVAILABILITY_FOCUSED',
    because: 'the severity is critical',
    applies: (signal) => signal.severity === 'critical',
  },
  {
    focus: 'AVAILABILITY_FOCUSED',
    because: 'revenue at risk is $1,000 or more',
    applies: (signal) => (signal.revenueAtRiskMicroUsd ?? 0) >= SERIOUS_REVENUE_MICRO_USD,
  },
  {
    focus: 'AVAILABILITY_FOCUSED',
    because: 'customers are hit hard',
    applies: (signal) => SERIOUS_CUSTOMER_IMPACT.test(signal.customerImpact ?? ''),
  },
  {
    focus: 'AVAILABILITY_FOCUSED',
    because: 'the severity is high and other capabilities fail with it',
    applies: (signal) => signal.severity === 'high' && signal.cascadingServices.length > 0,
  },
  {
    focus: 'COST_FOCUSED',
    because: 'the error is about money and nothing above outweighs it',
    applies: (signal) => natureOf(signal.errorType) === 'budget',
  },
  {
    focus: 'COST_FOCUSED',
    because: 'the severity is low and customers hardly notice',
    applies: (signal) =>
      signal.severity === 'low' &&
      (signal.customerImpact === null || SLIGHT_CUSTOMER_IMPACT.test(signal.customerImpact)),
  },
  {
    focus: 'PERFORMANCE_FOCUSED',
    because: 'the error is about slowness',
    applies: (signal) => natureOf(signal.errorType) === 'slowness',
  },
];

export interface Focus {
  focus: RecoveryStrategy;
  because: string;
}

export function chooseFocus(signal: RecoverySignal): Focus {
  const rule = RULES.find((candidate) => candidate.applies(signal));
  return rule === undefined
    ? { focus: 'BALANCED', because: 'no single concern stands out' }
    : { focus: rule.focus, because: rule.because };
}
