export { webhookIngest } from './definition.js';
