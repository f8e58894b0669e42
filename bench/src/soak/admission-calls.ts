import type {
  AdmissionRequest,
  AdmissionRules,
  BudgetAlert,
  LedgerSnapshot,
  Movement,
} from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';

/** What becomes of a call that is admitted. */
export type CallEnd = 'commit' | 'release' | 'stay';

export interface Call extends AdmissionRequest {
  end: CallEnd;
  actualMicroUsd: number;
}

/** Calls for which a tier or a budget is too small, in turn; everything about a call follows from its number. */
export function callOf(index: number): Call {
  const ends: CallEnd[] = ['commit', 'commit', 'commit', 'release', 'stay'];
  const estimateMicroUsd = 1_000 + ((index * 7_919) % 9_000);
  return {
    serviceName: index % 2 === 0 ? 'stripe' : 'maps',
    requestId: `call-${index}`,
    priority: 'HIGH',
    estimateMicroUsd,
    end: ends[Math.floor(index / 2) % ends.length] ?? 'stay',
    // Never more than estimated: then spending may not pass the cap at any time.
    actualMicroUsd: Math.floor((estimateMicroUsd * (index % 11)) / 10 / 2),
  };
}

/** Set by the parent, for all processes alike. */
const { STORM_CALLS = '0', STORM_ZONE = 'UTC' } = process.env;
const MANY = 1_000_000_000;

const RULES: Partial<Record<ServiceName, AdmissionRules>> = rulesFor(Number(STORM_CALLS), STORM_ZONE);

/** A zone whose clocks show noon or so: no day ends while calls are counted. */
export function zoneAtNoon(nowMs: number): string {
  const hoursAhead = 12 - new Date(nowMs).getUTCHours();
  // In these names the sign is that of POSIX: west of Greenwich is positive.
  return hoursAhead === 0 ? 'Etc/GMT' : `Etc/GMT${hoursAhead > 0 ? '-' : '+'}${Math.abs(hoursAhead)}`;
}

/** Half of the calls go to each service: a budget for about a quarter of them, or a tier for about a third. */
export function rulesFor(count: number, timeZone: string): Partial<Record<ServiceName, AdmissionRules>> {
  const alertThresholds = { warning: 0.7, critical: 0.85, emergency: 0.95 };
  const common = { alertThresholds, throttleFrom: 0.9, timeZone };
  const dailyMicroUsd = Math.ceil(count / 2) * 700;
  return {
    stripe: {
      budget: { ...common, dailyMicroUsd, monthlyMicroUsd: dailyMicroUsd * 20 },
      limits: { burst: MANY, sustainedPerHour: MANY, daily: MANY },
    },
    maps: {
      budget: { ...common, dailyMicroUsd: 900_000_000_000, monthlyMicroUsd: 900_000_000_000 },
      limits: { burst: MANY, sustainedPerHour: Math.ceil(count / 7), daily: Math.ceil(count / 6) },
    },
  };
}

export function rulesOf(serviceName: ServiceName): AdmissionRules {
  const rules = RULES[serviceName];
  if (rules === undefined) throw new Error(`no rules for ${serviceName}`);
  return rules;
}

export interface Carried {
  index: number;
  isAdmitted: boolean;
  /** It was let in, and a count stood past its limit with it. */
  passed: boolean;
  alerts: BudgetAlert[];
}

export type FromAdmitter =
  | { ready: object }
  | { append: { id: number; movements: readonly Movement[] } }
  | { openGeneration: { id: number; serviceName: ServiceName } }
  | { carried: Carried }
  | { done: true };

export type ToAdmitter =
  | { work: { indexes: number[]; inFlight: number } }
  | { answer: { id: number; value: readonly boolean[] | LedgerSnapshot } };
