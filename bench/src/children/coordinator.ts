import 'reflect-metadata';
import { loadSettings, startApp } from '@signalbox/platform';
import { coordinatorProblems, coordinatorSettings, routingCoordinator } from '@signalbox/routing-coordinator';

/** One replica of the coordinator as it ships, quiet. */
const settings = loadSettings(coordinatorSettings, process.env, coordinatorProblems);
const app = await startApp(routingCoordinator, settings);
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.({ ready: { url: await app.getUrl() } });
