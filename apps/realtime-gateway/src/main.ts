import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { bootstrap } from '@signalbox/platform';
import { realtimeGateway } from './definition.js';

await bootstrap(host(realtimeGateway));
