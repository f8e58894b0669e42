export { RoutingCoordinatorModule } from './app.module.js';
export { coordinatorProblems, coordinatorSettings, type CoordinatorSettings } from './config.js';
export { routingCoordinator } from './definition.js';
