import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BATCH_OPERATIONS, SERVICE_NAMES } from '@signalbox/contracts';
import { operationOf, operationsOf } from './index.js';

describe('the operations', () => {
  it('are those that the contract names, `request` for each service', () => {
    const names = new Set(SERVICE_NAMES.flatMap((service) => operationsOf(service).map(({ name }) => name)));
    assert.deepEqual([...names].sort(), [...BATCH_OPERATIONS].sort());
    for (const service of SERVICE_NAMES) assert.equal(operationOf(service, 'request').service, service);
  });

  it('name `operation` when a service does not have it', () => {
    assert.throws(
      () => operationOf('maps', 'mail_send'),
      /operation: must be one of request, geocode, matrix for maps/,
    );
  });
});
