import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { bootstrap } from '@signalbox/platform';
import { costOptimizer } from './definition.js';

await bootstrap(host(costOptimizer));
