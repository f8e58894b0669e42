import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { JetStreamTransport, MessageBus } from '@signalbox/messaging';
import { Correlation, LOGGER, type AppDefinition, type Logger } from '@signalbox/platform';
import { RoutingCoordinatorModule } from './app.module.js';
import { coordinatorProblems, coordinatorSettings } from './config.js';

/** What makes a process out of the coordinator: alone in `main.ts`, or with other apps in `standalone`. */
export const routingCoordinator: AppDefinition<(typeof coordinatorSettings)['properties']> = {
  name: 'routing-coordinator',
  settings: coordinatorSettings,
  problemsOf: coordinatorProblems,
  module: (settings) => RoutingCoordinatorModule.with(settings),
  connect: connectToStreams,
};

/** Gives life to the handlers of facts and requests: the app's own NATS connection carries them. */
async function connectToStreams(app: NestFastifyApplication): Promise<void> {
  const bus = app.get(MessageBus, { strict: false });
  const logger = app.get<Logger>(LOGGER, { strict: false });
  const strategy = new JetStreamTransport({
    bus,
    logger,
    runWithCorrelation: (correlationId, work) => Correlation.run(correlationId, work),
  });
  app.connectMicroservice({ strategy });
  await app.startAllMicroservices();
}
