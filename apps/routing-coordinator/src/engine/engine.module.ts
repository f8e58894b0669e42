import { Global, Module } from '@nestjs/common';
import { OnlineFailurePredictor, RoutingEngine } from '@signalbox/routing';
import type { Clock, Rng } from '@signalbox/statistics';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { CLOCK, RNG } from '@signalbox/hosting';
import { EngineEvents } from './engine-events.js';
import { ObservedPredictor } from './observed-predictor.js';

/** The routing engine of this replica: pure inside, handed its clock, its chance and its model here. */
@Global()
@Module({
  providers: [
    EngineEvents,
    { provide: OnlineFailurePredictor, useFactory: () => new OnlineFailurePredictor() },
    {
      provide: RoutingEngine,
      inject: [CLOCK, RNG, COORDINATOR_SETTINGS, EngineEvents, OnlineFailurePredictor],
      useFactory: (
        clock: Clock,
        rng: Rng,
        { replicaId }: CoordinatorSettings,
        events: EngineEvents,
        model: OnlineFailurePredictor,
      ) =>
        new RoutingEngine({
          clock,
          rng,
          replicaId,
          listener: events,
          predictor: new ObservedPredictor(model, events),
        }),
    },
  ],
  exports: [EngineEvents, RoutingEngine, OnlineFailurePredictor],
})
export class EngineModule {}
