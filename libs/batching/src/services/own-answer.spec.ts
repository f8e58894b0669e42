import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceName } from '@signalbox/contracts';
import fc from 'fast-check';
import { answer } from '../testing/fake-providers.js';
import type { HttpResponse } from '../wire/http.js';
import {
  decodeCall,
  parsePayload,
  type ItemResult,
  type Operation,
  type WireItem,
} from '../wire/operation.js';
import { operationOf } from './index.js';

/** Sends a batch to the fake providers, every page of every call. */
function carryOut(operation: Operation, items: readonly WireItem[], nodeId: string): Map<string, ItemResult> {
  const results = new Map<string, ItemResult>();
  const served: string[] = [];
  for (const call of operation.encode(items, nodeId)) {
    served.push(...call.itemIds);
    const responses: HttpResponse[] = [];
    for (let next = call as typeof call | null; next !== null;) {
      const response = answer(next.request);
      responses.push(response);
      next = operation.next?.(next, response) ?? null;
    }
    for (const [id, result] of decodeCall(operation, call, responses, items, 0)) results.set(id, result);
  }
  assert.deepEqual(
    served.toSorted(),
    items.map(({ id }) => id).toSorted(),
    'each item is in exactly one call',
  );
  return results;
}

const email = fc.integer({ min: 0, max: 1e6 }).map((n) => `reader${n}@example.com`);
const recordId = fc.integer({ min: 0, max: 1e6 }).map((n) => `rec${String(n).padStart(14, '0')}`);
const fields = fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.jsonValue(), { maxKeys: 3 });
const vehicle = fc.integer({ min: 0, max: 60 }).map((n) => `28147497${n}`);
const point = fc.tuple(fc.integer({ min: -180, max: 180 }), fc.integer({ min: -90, max: 90 }));
const table = { baseId: 'appOperations', table: 'Stops & drops' };

/** Payloads of one merge key that may share a batch, by operation. */
const BATCHES: { service: ServiceName; name: string; nodes: string[]; payloads: fc.Arbitrary<object[]> }[] = [
  {
    service: 'sendgrid',
    name: 'mail_send',
    nodes: ['sendgrid_global'],
    payloads: fc.uniqueArray(email, { minLength: 1, maxLength: 20, size: 'max' }).map((emails) =>
      emails.map((one) => ({
        personalizations: [{ to: [{ email: one }] }],
        from: { email: 'hello@example.com' },
        template_id: 'invoice',
      })),
    ),
  },
  {
    service: 'airtable',
    name: 'create_records',
    nodes: ['airtable_primary'],
    payloads: fc
      .array(fc.array(fields, { minLength: 1, maxLength: 3, size: 'max' }), {
        minLength: 1,
        maxLength: 3,
        size: 'max',
      })
      .map((items) => items.map((list) => ({ ...table, records: list.map((one) => ({ fields: one })) }))),
  },
  {
    service: 'airtable',
    name: 'update_records',
    nodes: ['airtable_primary'],
    payloads: fc
      .uniqueArray(recordId, { minLength: 1, maxLength: 10, size: 'max' })
      .map((ids) => ids.map((id, index) => ({ ...table, records: [{ id, fields: { index } }] }))),
  },
  {
    service: 'airtable',
    name: 'upsert_records',
    nodes: ['airtable_primary'],
    payloads: fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 10, size: 'max' }).map((numbers) =>
      numbers.map((Number) => ({
        ...table,
        records: [{ fields: { Number } }],
        performUpsert: { fieldsToMergeOn: ['Number'] },
      })),
    ),
  },
  {
    service: 'airtable',
    name: 'delete_records',
    nodes: ['airtable_primary'],
    payloads: fc
      .uniqueArray(recordId, { minLength: 1, maxLength: 10, size: 'max' })
      .map((ids) => ids.map((id) => ({ ...table, records: [{ id }] }))),
  },
  {
    service: 'twilio',
    name: 'send_message',
    nodes: ['twilio_us1'],
    payloads: fc
      .array(fc.string({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 10, size: 'max' })
      .map((bodies) => bodies.map((Body) => ({ To: '+14155550001', From: '+14155550000', Body }))),
  },
  {
    service: 'stripe',
    name: 'meter_event',
    nodes: ['stripe_primary_us_east'],
    payloads: fc
      .array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 100, size: 'max' })
      .map((values) =>
        values.map((value) => ({ event_name: 'calls', payload: { stripe_customer_id: 'cus_1', value } })),
      ),
  },
  {
    service: 'stripe',
    name: 'request',
    nodes: ['stripe_primary_us_east'],
    payloads: fc
      .array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 10, size: 'max' })
      .map((numbers) => numbers.map((n) => ({ method: 'GET', path: `/things/${n}` }))),
  },
  {
    service: 'samsara',
    name: 'vehicle_stats',
    nodes: ['samsara_primary'],
    payloads: fc
      .array(fc.array(vehicle, { minLength: 1, maxLength: 5, size: 'max' }), {
        minLength: 1,
        maxLength: 10,
        size: 'max',
      })
      .map((items) => items.map((vehicleIds) => ({ vehicleIds, types: ['gps', 'fuelPercents'] }))),
  },
  {
    service: 'maps',
    name: 'geocode',
    nodes: ['maps_mapbox', 'maps_google', 'maps_here'],
    payloads: fc
      .array(
        fc.record({
          query: fc.stringMatching(/^[a-zäß0-9 ,;.]{1,30}x$/),
          limit: fc.integer({ min: 1, max: 3 }),
        }),
        {
          minLength: 1,
          maxLength: 25,
          size: 'max',
        },
      )
      .map((payloads) => payloads),
  },
  {
    service: 'maps',
    name: 'matrix',
    nodes: ['maps_mapbox', 'maps_google', 'maps_here'],
    payloads: fc
      .tuple(
        fc.array(point, { minLength: 1, maxLength: 3, size: 'max' }),
        fc.array(fc.array(point, { minLength: 1, maxLength: 8, size: 'max' }), {
          minLength: 1,
          maxLength: 6,
          size: 'max',
        }),
        fc.boolean(),
      )
      .map(([shared, varied, byOrigin]) =>
        varied.map((points) =>
          byOrigin ? { origins: shared, destinations: points } : { origins: points, destinations: shared },
        ),
      ),
  },
];

describe('an item of a batch is given what a call of its own would have given it', () => {
  for (const { service, name, nodes, payloads } of BATCHES) {
    for (const nodeId of nodes) {
      it(`${service} ${name} at ${nodeId}`, () => {
        const operation = operationOf(service, name);
        fc.assert(
          fc.property(payloads, (list) => {
            const items = list.map((payload, index) => ({
              id: `item-${index}`,
              payload: parsePayload(operation, payload),
            }));
            const together = carryOut(operation, items, nodeId);
            for (const item of items) {
              const alone = carryOut(operation, [item], nodeId).get(item.id);
              assert.ok(alone?.ok, `${item.id} alone: ${JSON.stringify(alone)}`);
              assert.deepEqual(together.get(item.id), alone);
            }
          }),
          { numRuns: 40, seed: 4 },
        );
      });
    }
  }
});
