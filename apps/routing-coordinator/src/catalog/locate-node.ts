import { SERVICE_NAMES, SignalboxError, type ServiceName } from '@signalbox/contracts';
import { assertMayTouch, type Caller } from '@signalbox/platform';
import type { NodeView, RoutingEngine } from '@signalbox/routing';

/**
 * Node ids are unique in the whole catalog.
 *
 * @throws SignalboxError UNKNOWN_NODE; SERVICE_NOT_ALLOWED when the caller's token may not touch the node's service
 */
export function locateNode(
  engine: RoutingEngine,
  nodeId: string,
  caller: Caller,
): { serviceName: ServiceName; node: NodeView } {
  for (const serviceName of SERVICE_NAMES) {
    const node = engine.view(serviceName).nodes.find((candidate) => candidate.node.nodeId === nodeId);
    if (node === undefined) continue;
    assertMayTouch(caller, serviceName);
    return { serviceName, node };
  }
  const shown = nodeId.slice(0, 64);
  throw new SignalboxError('UNKNOWN_NODE', `No service has a node ${shown}`, { nodeId: shown });
}
