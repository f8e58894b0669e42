import Type from 'typebox';
import type { HostProperties } from '@signalbox/hosting';
import type { Settings } from '@signalbox/platform';

/** The app's settings beside those of every app. */
export const batchingWorkerSettings = Type.Object({});

export type BatchingWorkerSettings = Settings<HostProperties & (typeof batchingWorkerSettings)['properties']>;
