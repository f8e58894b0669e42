import type { MicroUsd } from '@signalbox/contracts';
import { shareOf } from './shares.js';
import type { AlertThresholds } from './rules.js';

export const ALERT_LEVELS = ['warning', 'critical', 'emergency'] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** A threshold of one budget. */
export interface AlertMark {
  level: AlertLevel;
  /** The threshold in basis points (0..10,000): what tells it from others when thresholds are changed. */
  basisPoints: number;
  /** Spent and reserved, at which it is crossed. */
  atMicroUsd: MicroUsd;
}

/** The thresholds of a budget, as money. A budget of nothing has none: nothing can be spent of it. */
export function alertMarks(thresholds: AlertThresholds, capMicroUsd: MicroUsd): AlertMark[] {
  if (capMicroUsd === 0) return [];
  return ALERT_LEVELS.map((level) => {
    const { basisPoints, ofCeil } = shareOf(thresholds[level]);
    return { level, basisPoints, atMicroUsd: ofCeil(capMicroUsd) };
  });
}

/** Those crossed now and not told yet in this period. */
export function newlyCrossed(
  marks: readonly AlertMark[],
  usedMicroUsd: MicroUsd,
  told: ReadonlySet<number>,
): AlertMark[] {
  return marks.filter((mark) => usedMicroUsd >= mark.atMicroUsd && !told.has(mark.basisPoints));
}
