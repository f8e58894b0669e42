import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignalboxError, type FieldError, type NodeConfig, type ServiceConfig } from '@signalbox/contracts';
import { defaultCatalog } from './default-catalog.js';
import { validateService } from './validate-service.js';

const [stripe, , maps] = defaultCatalog as [ServiceConfig, ServiceConfig, ServiceConfig];

function badPaths(service: ServiceConfig, others: readonly ServiceConfig[] = []): string[] {
  try {
    validateService(service, others);
    return [];
  } catch (error) {
    assert.ok(error instanceof SignalboxError && error.code === 'IMPOSSIBLE_CONFIGURATION');
    return (error.details as { fields: FieldError[] }).fields.map((field) => field.path);
  }
}

function withNode(index: number, change: Partial<NodeConfig>): ServiceConfig {
  return { ...stripe, nodes: stripe.nodes.map((node, at) => (at === index ? { ...node, ...change } : node)) };
}

describe('validateService', () => {
  const cases: [string, ServiceConfig, string[]][] = [
    ['two nodes of one name', withNode(1, { nodeId: 'stripe_primary_us_east' }), ['nodes.1.nodeId']],
    ['an emergency node with a weight', withNode(2, { weightPercent: 1 }), ['nodes.2.weightPercent']],
    ['weights that do not add up', withNode(0, { weightPercent: 60 }), ['nodes']],
    ['two primaries', withNode(1, { role: 'primary' }), ['nodes']],
    ['no primary', withNode(0, { role: 'secondary' }), ['nodes']],
    ['emergency nodes alone', { ...stripe, nodes: stripe.nodes.slice(2) }, ['nodes']],
    ['an address that is none', withNode(0, { baseUrl: 'https://:::' }), ['nodes.0.baseUrl']],
    ['a secret in an address', withNode(1, { baseUrl: 'https://key:x@api.stripe.com' }), ['nodes.1.baseUrl']],
    ['a query in an address', withNode(1, { baseUrl: 'https://api.stripe.com?k=1' }), ['nodes.1.baseUrl']],
    [
      'a backoff that starts above its end, and a lease too short for the target',
      { ...stripe, thresholds: { ...stripe.thresholds, maxBackoffMs: 999, inFlightLeaseMs: 400 } },
      ['thresholds.maxBackoffMs', 'thresholds.inFlightLeaseMs'],
    ],
    ['a dependent listed twice', { ...stripe, dependents: ['a', 'b', 'a'] }, ['dependents.2']],
  ];
  for (const [what, service, paths] of cases) {
    it(`refuses ${what}, naming the field`, () => assert.deepEqual(badPaths(service), paths));
  }

  it('names every bad field at once', () => {
    const service = withNode(2, { weightPercent: 5, baseUrl: 'https://' });
    assert.deepEqual(badPaths({ ...service, dependents: ['a', 'a'] }), [
      'nodes.2.baseUrl',
      'nodes.2.weightPercent',
      'dependents.1',
    ]);
  });

  it('refuses a node that another service has, since nodes are addressed by name alone', () => {
    assert.deepEqual(badPaths(withNode(1, { nodeId: 'maps_here' }), [stripe, maps]), ['nodes.1.nodeId']);
    assert.deepEqual(badPaths(stripe, [stripe, maps]), []);
  });

  it('takes thirds written with two decimals', () => {
    const nodes = stripe.nodes.map((node) => ({ ...node, weightPercent: 33.33 }));
    const roles = ['primary', 'secondary', 'tertiary'] as const;
    assert.deepEqual(
      badPaths({ ...stripe, nodes: nodes.map((node, at) => ({ ...node, role: roles[at]! })) }),
      [],
    );
  });

  it('lets an operator drain every node: maintenance is theirs to decide', () => {
    assert.deepEqual(
      badPaths({ ...stripe, nodes: stripe.nodes.map((node) => ({ ...node, drained: true })) }),
      [],
    );
  });
});
