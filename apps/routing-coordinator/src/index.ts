export { routingCoordinator } from './definition.js';
