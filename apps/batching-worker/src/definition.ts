import type { HostedApp } from '@signalbox/hosting';
import { BatchingWorkerModule } from './app.module.js';
import { batchingWorkerSettings } from './config.js';

/** The app, to be hosted alone or with others in one process. */
export const batchingWorker: HostedApp<(typeof batchingWorkerSettings)['properties']> = {
  name: 'batching-worker',
  settings: batchingWorkerSettings,
  module: (settings) => BatchingWorkerModule.with(settings),
};
