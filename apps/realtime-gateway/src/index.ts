export { realtimeGateway } from './definition.js';
