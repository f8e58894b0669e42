import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { operationOf } from '../index.js';

const event = { event_name: 'calls', payload: { stripe_customer_id: 'cus_1', value: '1' } };

describe('stripe meter_event', () => {
  const operation = operationOf('stripe', 'meter_event');
  const bodyOf = (items: { id: string; payload: object; idempotencyKey?: string }[]) =>
    JSON.parse(operation.encode(items, 'stripe_primary_us_east')[0]?.request.body ?? '') as {
      events: { identifier: string; timestamp?: string }[];
    };

  it('always goes under an identifier, so that it counts once whoever repeats it', () => {
    const { events } = bodyOf([
      { id: 'own', payload: { ...event, identifier: 'usage-1' }, idempotencyKey: 'k' },
      { id: 'keyed', payload: event, idempotencyKey: 'key-2' },
      { id: 'item-3', payload: event },
    ]);
    assert.deepEqual(
      events.map(({ identifier }) => identifier),
      ['usage-1', 'key-2', 'item-3'],
    );
  });

  it('takes the timestamp of v1 and of v2', () => {
    const { events } = bodyOf([
      { id: 'a', payload: { ...event, timestamp: 1_735_689_600 } },
      { id: 'b', payload: { ...event, timestamp: '2025-01-01T01:00:00+01:00' } },
    ]);
    assert.deepEqual(
      events.map(({ timestamp }) => timestamp),
      ['2025-01-01T00:00:00.000Z', '2025-01-01T01:00:00+01:00'],
    );
  });

  it('bills nothing more for a hundredth, and parts those of one identifier', () => {
    const { mostUnits, addedBillableUnits, conflicts } = operation.measure({ ...event, identifier: 'x' });
    assert.deepEqual([mostUnits, addedBillableUnits, conflicts], [100, 0, ['x']]);
  });
});
