import { Injectable } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import type { CircuitChange, EngineListener, NodeObservation, ProbeOutcome } from '@signalbox/routing';

type CircuitHandler = (change: CircuitChange) => void;
type ObservationHandler = (observation: NodeObservation) => void;
type ProbeHandler = (service: ServiceName, nodeId: string, leaseId: string, outcome: ProbeOutcome) => void;

/** The engine has one listener; this hands its events to whoever in the app asked for them. */
@Injectable()
export class EngineEvents implements EngineListener {
  private readonly circuitHandlers: CircuitHandler[] = [];
  private readonly probeHandlers: ProbeHandler[] = [];
  private readonly observationHandlers: ObservationHandler[] = [];

  onCircuitChanged(handler: CircuitHandler): void {
    this.circuitHandlers.push(handler);
  }

  onProbeEnded(handler: ProbeHandler): void {
    this.probeHandlers.push(handler);
  }

  onObserved(handler: ObservationHandler): void {
    this.observationHandlers.push(handler);
  }

  circuitChanged(change: CircuitChange): void {
    for (const handler of this.circuitHandlers) handler(change);
  }

  probeEnded(service: ServiceName, nodeId: string, leaseId: string, outcome: ProbeOutcome): void {
    for (const handler of this.probeHandlers) handler(service, nodeId, leaseId, outcome);
  }

  observed(observation: NodeObservation): void {
    for (const handler of this.observationHandlers) handler(observation);
  }
}
