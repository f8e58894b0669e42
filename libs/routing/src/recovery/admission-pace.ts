import type { CallPriority } from '@signalbox/contracts';
import type { Rng } from '@signalbox/statistics';

/** The probability, 0..1, that a call of each priority is let through. */
export type AdmissionPace = Readonly<Record<CallPriority, number>>;

export const FULL_PACE: AdmissionPace = { CRITICAL: 1, HIGH: 1, MEDIUM: 1, LOW: 1 };

/** Who gives way first. CRITICAL is not in it: no pace ever sheds it. */
export const SHED_ORDER = ['LOW', 'MEDIUM', 'HIGH'] as const satisfies readonly CallPriority[];

/** A caller that states no priority stands in the middle. */
const UNSTATED: CallPriority = 'MEDIUM';

/**
 * How much traffic gives way, 0 (none) to 1 (all but CRITICAL). Each priority in the shed order has an equal
 * band of it, over which its admit probability falls linearly from 1 to 0: a step would turn a service's
 * whole low-priority traffic on and off around a threshold.
 */
export function shedPace(relief: number): AdmissionPace {
  const pace: Record<CallPriority, number> = { ...FULL_PACE };
  SHED_ORDER.forEach((priority, place) => {
    pace[priority] = Math.min(1, Math.max(0, 1 - (relief * SHED_ORDER.length - place)));
  });
  return pace;
}

/** The stricter of both, per priority: two reasons to shed do not multiply. */
export function stricterPace(a: AdmissionPace, b: AdmissionPace): AdmissionPace {
  return {
    CRITICAL: Math.min(a.CRITICAL, b.CRITICAL),
    HIGH: Math.min(a.HIGH, b.HIGH),
    MEDIUM: Math.min(a.MEDIUM, b.MEDIUM),
    LOW: Math.min(a.LOW, b.LOW),
  };
}

/** Cheap enough for every decision; draws from `rng` only when the answer depends on it. */
export function admits(pace: AdmissionPace, priority: CallPriority | null, rng: Rng): boolean {
  const ratio = pace[priority ?? UNSTATED];
  return ratio >= 1 || (ratio > 0 && rng() < ratio);
}
