import Type from 'typebox';
import type { HostProperties } from '@signalbox/hosting';
import type { Settings } from '@signalbox/platform';

/** The app's settings beside those of every app. */
export const batchingWorkerSettings = Type.Object({
  /** Whether this replica sends; one that does not still takes requests and answers. */
  batchWorker: Type.Boolean({ default: true }),
  /** Longest that a call to a provider may take, all pages of its answer included. */
  batchProviderTimeoutMs: Type.Integer({ minimum: 100, maximum: 300_000, default: 30_000 }),
  /** A request that has not ended by then is a dead letter. A day: a daily budget has been renewed once. */
  batchGiveUpAfterMs: Type.Integer({ minimum: 1_000, maximum: 7 * 86_400_000, default: 86_400_000 }),
  /** How long ended requests can be asked for, and their idempotency keys hold. */
  batchResultsKeptHours: Type.Integer({ minimum: 1, maximum: 8_760, default: 72 }),
});

export type BatchingWorkerSettings = Settings<HostProperties & (typeof batchingWorkerSettings)['properties']>;
export const BATCHING_SETTINGS = Symbol('batching settings');
