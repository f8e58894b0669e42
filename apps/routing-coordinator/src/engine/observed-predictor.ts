import type { FailurePrediction, FailurePredictor, NodeFeatures, NodeObservation } from '@signalbox/routing';
import type { ServiceName } from '@signalbox/contracts';
import type { EngineEvents } from './engine-events.js';

/** The engine looks at every node once a second to teach its model; monitoring sees with the same eyes. */
export class ObservedPredictor implements FailurePredictor {
  constructor(
    private readonly model: FailurePredictor,
    private readonly events: EngineEvents,
  ) {}

  failureProbability(features: NodeFeatures, service: ServiceName, nodeId: string): FailurePrediction {
    return this.model.failureProbability(features, service, nodeId);
  }

  observe(observation: NodeObservation): void {
    this.model.observe(observation);
    this.events.observed(observation);
  }
}
