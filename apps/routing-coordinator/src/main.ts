import 'reflect-metadata';
import { bootstrap } from '@signalbox/platform';
import { routingCoordinator } from './definition.js';

await bootstrap(routingCoordinator);
