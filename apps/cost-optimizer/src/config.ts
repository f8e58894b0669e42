import Type from 'typebox';
import type { HostProperties } from '@signalbox/hosting';
import type { Settings } from '@signalbox/platform';

/** The app's settings beside those of every app. */
export const costOptimizerSettings = Type.Object({
  /** How long a reservation waits for an outcome before its money is free again: longer than any call takes. */
  reservationTtlMs: Type.Integer({ minimum: 1_000, maximum: 3_600_000, default: 600_000 }),
});

export type CostOptimizerSettings = Settings<HostProperties & (typeof costOptimizerSettings)['properties']>;
export const COST_OPTIMIZER_SETTINGS = Symbol('cost optimizer settings');
