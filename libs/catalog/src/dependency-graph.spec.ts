import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultCatalog } from './default-catalog.js';
import { DependencyGraph } from './dependency-graph.js';

describe('DependencyGraph', () => {
  const graph = new DependencyGraph(defaultCatalog);

  it('tells what stops working with a service, and what else that lives on', () => {
    assert.deepEqual(graph.affectedBy('samsara'), [
      { dependent: 'route_optimization', otherServices: ['maps'] },
      { dependent: 'driver_notifications', otherServices: ['twilio'] },
    ]);
    assert.deepEqual(graph.affectedBy('airtable'), [{ dependent: 'data_sync', otherServices: [] }]);
  });

  it('tells which services a capability depends on', () => {
    assert.deepEqual(graph.servicesOf('invoicing'), ['stripe', 'sendgrid']);
    assert.deepEqual(graph.servicesOf('unheard_of'), []);
  });

  it('affects nobody through a service that it does not know', () => {
    assert.deepEqual(new DependencyGraph([]).affectedBy('stripe'), []);
  });
});
