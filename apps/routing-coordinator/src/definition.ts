import type { HostedApp } from '@signalbox/hosting';
import { RoutingCoordinatorModule } from './app.module.js';
import { coordinatorSettings } from './config.js';

/** The coordinator, to be hosted alone or with other apps in one process. */
export const routingCoordinator: HostedApp<(typeof coordinatorSettings)['properties']> = {
  name: 'routing-coordinator',
  settings: coordinatorSettings,
  module: (settings) => RoutingCoordinatorModule.with(settings),
};
