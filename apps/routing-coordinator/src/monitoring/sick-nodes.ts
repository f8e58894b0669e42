import { Injectable } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import type { NodeView } from '@signalbox/routing';

/** Which nodes monitoring holds to be sick now: degraded, or out. */
@Injectable()
export class SickNodes {
  private readonly byService = new Map<ServiceName, Set<string>>();

  set(service: ServiceName, nodeId: string, sick: boolean): void {
    const nodes = this.byService.get(service) ?? new Set();
    if (sick) nodes.add(nodeId);
    else nodes.delete(nodeId);
    this.byService.set(service, nodes);
  }

  of(service: ServiceName): string[] {
    return [...(this.byService.get(service) ?? [])];
  }
}

/** Whether ordinary calls may go to the node now. */
export function isUsable(view: NodeView, nowMs: number): boolean {
  return (
    view.circuit.state === 'closed' &&
    view.node.role !== 'emergency' &&
    !view.node.drained &&
    !view.credentialsRevoked &&
    (view.rateLimitedUntilMs ?? 0) <= nowMs
  );
}
