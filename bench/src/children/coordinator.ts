import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { loadSettings, startApp } from '@signalbox/platform';
import { routingCoordinator } from '@signalbox/routing-coordinator';

/** One replica of the coordinator as it ships, quiet. */
const definition = host(routingCoordinator);
const settings = loadSettings(definition.settings, process.env, definition.problemsOf);
const app = await startApp(definition, settings);
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.({ ready: { url: await app.getUrl() } });
