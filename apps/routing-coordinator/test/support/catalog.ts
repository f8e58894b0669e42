import type { NodeConfig, ServiceConfig, ServiceName, VersionedService } from '@signalbox/contracts';
import { aNode, aService } from '@signalbox/testkit';
import type { Api } from './api.js';

let made = 0;

export interface TwoNodes {
  /** The primary, $0.01 a call. */
  cheap: string;
  /** $0.05 a call. */
  dear: string;
}

/**
 * Gives a service two new nodes that nothing is known of, so that a test meets no facts of another one. Unless it
 * says otherwise the service goes to the cheap one while both are as good, and nothing ends by time while the test
 * runs, however slowly.
 */
export async function twoFreshNodes(
  api: Api,
  serviceName: ServiceName,
  service: Partial<ServiceConfig> = {},
  more: Partial<NodeConfig>[] = [],
): Promise<TwoNodes> {
  const suffix = ++made;
  const cheap = `cheap_${suffix}`;
  const dear = `dear_${suffix}`;
  const config = aService({
    serviceName,
    strategy: 'COST_OPTIMIZED',
    thresholds: thresholds(),
    ...service,
    nodes: [
      aNode({ nodeId: cheap, providerName: 'Cheap', weightPercent: 50, costPerRequestUsd: 0.01 }),
      aNode({ nodeId: dear, role: 'secondary', weightPercent: 50, costPerRequestUsd: 0.05 }),
      ...more.map((node) => aNode(node)),
    ],
  });
  await configure(api, config);
  return { cheap, dear };
}

export async function configure(
  api: Api,
  config: ServiceConfig & { expectedVersion?: number; comment?: string },
): Promise<VersionedService> {
  return (await api.put<VersionedService>(`/admin/catalog/services/${config.serviceName}`, config)).data;
}

/** Longer than any test takes: what shall not pass while one looks. */
const NOT_IN_THIS_TEST_MS = 300_000;

/**
 * The thresholds of the testkit with some changed. Circuits stay open and calls stay in flight for minutes unless
 * the test is about their end.
 */
export function thresholds(changed: Partial<ServiceConfig['thresholds']> = {}): ServiceConfig['thresholds'] {
  return {
    ...aService().thresholds,
    retryBackoffMs: NOT_IN_THIS_TEST_MS,
    maxBackoffMs: NOT_IN_THIS_TEST_MS,
    inFlightLeaseMs: NOT_IN_THIS_TEST_MS,
    ...changed,
  };
}
