import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { bootstrap } from '@signalbox/platform';
import { routingCoordinator } from './definition.js';

await bootstrap(host(routingCoordinator));
