export { batchingWorker } from './definition.js';
