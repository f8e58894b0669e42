import { defaultCatalog } from '@signalbox/catalog';
import type { NodeConfig, ServiceName } from '@signalbox/contracts';

/** The node that the trace's calls go to; routing is no part of these figures. */
export function primaryNodeOf(service: ServiceName): NodeConfig {
  const node = defaultCatalog.find(({ serviceName }) => serviceName === service)?.nodes[0];
  if (node === undefined) throw new Error(`${service} has no node`);
  return node;
}
