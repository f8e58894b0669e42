export { freePort } from '@signalbox/dev-stack';
export * from './builders.js';
export { eventually } from './eventually.js';
export { ManualClock } from './manual-clock.js';
export { withServers } from './with-servers.js';
