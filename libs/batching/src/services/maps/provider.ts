/** Who answers behind a node of the service `maps`. */
export type MapsProvider = 'mapbox' | 'google' | 'here';

/** A node's provider is in its id (`maps_google_eu`); null for one that no operation can speak to. */
export function mapsProviderOf(nodeId: string): MapsProvider | null {
  return (
    (['mapbox', 'google', 'here'] as const).find((provider) => nodeId.split('_').includes(provider)) ?? null
  );
}

export function requireMapsProvider(nodeId: string): MapsProvider {
  const provider = mapsProviderOf(nodeId);
  if (provider === null) throw new RangeError(`node ${nodeId} names no provider of maps`);
  return provider;
}

/** Who a call was written for: every request's path is one provider's own. */
export function providerOfPath(path: string): MapsProvider {
  if (path.startsWith('/search/') || path.startsWith('/directions-matrix/')) return 'mapbox';
  return path.startsWith('/maps/') || path.startsWith('/distanceMatrix/') ? 'google' : 'here';
}

/** Hosts that belong to a provider of the six services: there, an endpoint may live on a host of its own. */
export const PROVIDER_HOSTS: readonly string[] = [
  'api.stripe.com',
  'maps.googleapis.com',
  'router.hereapi.com',
];
