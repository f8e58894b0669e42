import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { loadSettings, startApp } from '@signalbox/platform';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { tellUsage } from '../realtime/measured-server.js';

/** One gateway as it ships, quiet. */
const definition = host(realtimeGateway);
const settings = loadSettings(definition.settings, process.env, definition.problemsOf);
const app = await startApp(definition, settings);
tellUsage();
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.({ ready: { url: await app.getUrl() } });
