import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { bootstrap } from '@signalbox/platform';
import { batchingWorker } from './definition.js';

await bootstrap(host(batchingWorker));
