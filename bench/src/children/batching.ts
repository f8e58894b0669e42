import 'reflect-metadata';
import { batchingWorker } from '@signalbox/batching-worker';
import { host } from '@signalbox/hosting';
import { loadSettings, startApp } from '@signalbox/platform';

/** One replica of the batching worker as it ships, quiet. */
const definition = host(batchingWorker);
const settings = loadSettings(definition.settings, process.env, definition.problemsOf);
const app = await startApp(definition, settings);
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.({ ready: { url: await app.getUrl() } });
