import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { loadSettings, startApp } from '@signalbox/platform';
import { batchingWorker } from '../../src/index.js';

/** One worker as it ships, in a process that a test can kill. */
const definition = host(batchingWorker);
const settings = loadSettings(definition.settings, process.env, definition.problemsOf);
const app = await startApp(definition, settings);
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.({ url: await app.getUrl() });
