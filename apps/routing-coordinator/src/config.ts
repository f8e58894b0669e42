import Type from 'typebox';
import type { HostProperties } from '@signalbox/hosting';
import type { Settings } from '@signalbox/platform';

/** The coordinator's settings beside those of every app. */
export const coordinatorSettings = Type.Object({
  /** The most an emergency override may allow, dollars. */
  overrideCapUsd: Type.Number({ minimum: 0, maximum: 1_000_000, default: 5_000 }),
  /** How often nodes that configure a health check are asked. */
  healthCheckEveryMs: Type.Integer({ minimum: 100, maximum: 3_600_000, default: 30_000 }),
  /** Whether this replica writes history; at least one must. */
  recorder: Type.Boolean({ default: true }),
});

export type CoordinatorSettings = Settings<HostProperties & (typeof coordinatorSettings)['properties']>;
export const COORDINATOR_SETTINGS = Symbol('coordinator settings');
