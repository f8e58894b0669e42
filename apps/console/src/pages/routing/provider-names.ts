import type { ServiceRouting } from '@signalbox/contracts';

/** What people call each node, by its id. */
export function providerNames(services: readonly ServiceRouting[]): ReadonlyMap<string, string> {
  return new Map(
    services.flatMap(({ nodes }) => nodes.map(({ nodeId, providerName }) => [nodeId, providerName])),
  );
}
