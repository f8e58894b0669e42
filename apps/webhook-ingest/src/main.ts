import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { bootstrap } from '@signalbox/platform';
import { webhookIngest } from './definition.js';

await bootstrap(host(webhookIngest));
