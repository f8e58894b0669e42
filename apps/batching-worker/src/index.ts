export { AcceptRequest } from './accept/accept-request.js';
export { batchingWorker } from './definition.js';
