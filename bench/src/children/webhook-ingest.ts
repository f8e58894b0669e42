import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { loadSettings, startApp } from '@signalbox/platform';
import { webhookIngest } from '@signalbox/webhook-ingest';

/** One replica of webhook-ingest as it ships, quiet. */
const definition = host(webhookIngest);
const settings = loadSettings(definition.settings, process.env, definition.problemsOf);
const app = await startApp(definition, settings);
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.({ ready: { url: await app.getUrl() } });
