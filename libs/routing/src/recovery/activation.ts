import type { RecoveryStrategy } from '@signalbox/contracts';
import { planOf, type RecoveryAct, type RecoveryHold, type RecoveryPlan, type StepEnd } from './plan.js';

export const RECOVERY_END_REASONS = [
  'recovered',
  'relapsed',
  'timed_out',
  'cancelled',
  'superseded',
] as const;
export type RecoveryEndReason = (typeof RECOVERY_END_REASONS)[number];

export type ActivationState =
  /** `healthySinceMs` is null while something of the plan is sick. */
  | { kind: 'running'; step: number; stepSinceMs: number; healthySinceMs: number | null }
  | { kind: 'ended'; reason: RecoveryEndReason; endedAtMs: number };

/** One run of a plan, from start to end; plain JSON. */
export interface RecoveryActivation {
  readonly activationId: string;
  readonly plan: RecoveryPlan;
  readonly focus: RecoveryStrategy;
  readonly startedAtMs: number;
  readonly state: ActivationState;
}

/** What the plan's steps wait for, as known now. */
export interface RecoveryFacts {
  /** Nodes of the service that are degraded or out. */
  sickNodeIds: readonly string[];
  budgetOpen: boolean;
}

export interface Advance {
  activation: RecoveryActivation;
  /** To be done now, once: those of the step just entered. Empty when nothing changed. */
  acts: readonly RecoveryAct[];
}

/** A recovery that went on for longer than the longest override is a person's to look at. */
export const MAX_ACTIVATION_MS = 4 * 3_600_000;

export function activate(
  plan: RecoveryPlan,
  focus: RecoveryStrategy,
  activationId: string,
  nowMs: number,
): Advance {
  const state: ActivationState = { kind: 'running', step: 0, stepSinceMs: nowMs, healthySinceMs: null };
  return { activation: { activationId, plan, focus, startedAtMs: nowMs, state }, acts: plan.steps[0]!.acts };
}

/** Moves an activation as far as the facts allow, at most one step. An ended one stays as it is. */
export function advance(activation: RecoveryActivation, facts: RecoveryFacts, nowMs: number): Advance {
  const { plan, state } = activation;
  if (state.kind === 'ended') return { activation, acts: [] };
  if (nowMs - activation.startedAtMs >= MAX_ACTIVATION_MS) return ended(activation, 'timed_out', nowMs);
  const sick = isSick(plan, facts);
  if (sick && plan.endsOnRelapse) return ended(activation, 'relapsed', nowMs);

  const running = { ...state, healthySinceMs: sick ? null : (state.healthySinceMs ?? nowMs) };
  if (!isOver(plan.steps[state.step]!.until, running, facts, nowMs)) {
    return { activation: { ...activation, state: running }, acts: [] };
  }
  const next = plan.steps[state.step + 1];
  if (next === undefined) return ended(activation, 'recovered', nowMs);
  // Health is counted anew in each step: a step must show that it holds.
  const entered = {
    ...running,
    step: state.step + 1,
    stepSinceMs: nowMs,
    healthySinceMs: sick ? null : nowMs,
  };
  return { activation: { ...activation, state: entered }, acts: next.acts };
}

/** Ends a running activation from outside. An ended one stays as it is. */
export function endActivation(
  activation: RecoveryActivation,
  reason: 'cancelled' | 'superseded',
  nowMs: number,
): RecoveryActivation {
  return activation.state.kind === 'ended' ? activation : ended(activation, reason, nowMs).activation;
}

/** What holds now: applying exactly these, and nothing of an ended activation, is always right. */
export function holdsOf({ plan, state }: RecoveryActivation): readonly RecoveryHold[] {
  return state.kind === 'running' ? plan.steps[state.step]!.holds : [];
}

/** The plan to enter when this activation ended well; null when there is none. */
export function followUp({ plan, state }: RecoveryActivation): RecoveryPlan | null {
  if (state.kind !== 'ended' || state.reason !== 'recovered' || plan.next === null) return null;
  if (plan.failedNodeIds.length === 0) return null;
  return planOf(plan.next, { ...plan, severity: 'low' });
}

function isSick(plan: RecoveryPlan, facts: RecoveryFacts): boolean {
  return plan.failedNodeIds.length === 0
    ? facts.sickNodeIds.length > 0
    : plan.failedNodeIds.some((nodeId) => facts.sickNodeIds.includes(nodeId));
}

function isOver(
  until: StepEnd,
  running: { stepSinceMs: number; healthySinceMs: number | null },
  facts: RecoveryFacts,
  nowMs: number,
): boolean {
  switch (until.kind) {
    case 'after':
      return nowMs - running.stepSinceMs >= until.ms;
    case 'healthy':
      return running.healthySinceMs !== null && nowMs - running.healthySinceMs >= until.forMs;
    case 'budget_open':
      return facts.budgetOpen;
  }
}

function ended(activation: RecoveryActivation, reason: RecoveryEndReason, nowMs: number): Advance {
  return { activation: { ...activation, state: { kind: 'ended', reason, endedAtMs: nowMs } }, acts: [] };
}
