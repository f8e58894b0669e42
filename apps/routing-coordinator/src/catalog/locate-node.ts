import { SERVICE_NAMES, SignalboxError, type ServiceName } from '@signalbox/contracts';
import type { NodeView, RoutingEngine } from '@signalbox/routing';

/** Node ids are unique in the whole catalog. @throws SignalboxError UNKNOWN_NODE */
export function locateNode(
  engine: RoutingEngine,
  nodeId: string,
): { serviceName: ServiceName; node: NodeView } {
  for (const serviceName of SERVICE_NAMES) {
    const node = engine.view(serviceName).nodes.find((candidate) => candidate.node.nodeId === nodeId);
    if (node !== undefined) return { serviceName, node };
  }
  throw new SignalboxError('UNKNOWN_NODE', `No service has a node ${nodeId.slice(0, 64)}`, {
    nodeId: nodeId.slice(0, 64),
  });
}
