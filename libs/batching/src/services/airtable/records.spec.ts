import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { merge, parsed, refused } from '../../testing/payloads.js';
import { operationOf } from '../index.js';

const record = (digit: number) => `rec${String(digit).repeat(14)}`;
const table = { baseId: 'appOperations', table: 'Stops' };

describe('airtable records', () => {
  it('merge on the same base, table, operation and options', () => {
    const update = { ...table, records: [{ id: record(1), fields: { A: 1 } }] };
    const same = (other: object) => merge('airtable', 'update_records', update, { ...update, ...other });
    assert.ok(same({ records: [{ id: record(2), fields: {} }] }));
    assert.ok(!same({ baseId: 'appOther' }));
    assert.ok(!same({ table: 'Other' }));
    assert.ok(!same({ typecast: true }));
    const create = operationOf('airtable', 'create_records').mergeKeys({
      ...table,
      records: [{ fields: {} }],
    });
    const written = operationOf('airtable', 'update_records').mergeKeys({
      ...table,
      records: [{ fields: {} }],
    });
    assert.notDeepEqual(create, written);
  });

  it('upserts merge on the same merge fields', () => {
    const upsert = (...fieldsToMergeOn: string[]) => ({
      ...table,
      records: [{ fields: { A: 1, B: 2 } }],
      performUpsert: { fieldsToMergeOn },
    });
    assert.ok(merge('airtable', 'upsert_records', upsert('A', 'B'), upsert('B', 'A')));
    assert.ok(!merge('airtable', 'upsert_records', upsert('A'), upsert('B')));
  });

  it('conflict when they write the same record, by its id or by what it is found by', () => {
    const conflicts = (name: string, payload: object) => {
      const operation = operationOf('airtable', name);
      return operation.measure(parsed('airtable', name, payload)).conflicts;
    };
    const update = (digit: number) => ({ ...table, records: [{ id: record(digit), fields: {} }] });
    assert.deepEqual(conflicts('update_records', update(1)), [record(1)]);
    const upsert = (A: number, B: number) => ({
      ...table,
      records: [{ fields: { A, B } }],
      performUpsert: { fieldsToMergeOn: ['A'] },
    });
    assert.deepEqual(conflicts('upsert_records', upsert(1, 2)), conflicts('upsert_records', upsert(1, 3)));
    assert.notDeepEqual(conflicts('upsert_records', upsert(1, 2)), conflicts('upsert_records', upsert(2, 2)));
    assert.deepEqual(conflicts('create_records', { ...table, records: [{ fields: {} }] }), []);
  });

  it('name what each operation needs', () => {
    const refuses = (name: string, payload: object) => refused('airtable', name, { ...table, ...payload });
    assert.deepEqual(refuses('create_records', { records: [{}] }), ['payload.records.0.fields']);
    assert.deepEqual(refuses('create_records', { records: [{ id: record(1), fields: {} }] }), [
      'payload.records.0.id',
    ]);
    assert.deepEqual(refuses('update_records', { records: [{ fields: {} }] }), ['payload.records.0.id']);
    assert.deepEqual(refuses('upsert_records', { records: [{ fields: {} }] }), ['payload.performUpsert']);
    assert.deepEqual(refuses('delete_records', { records: [{ id: record(1) }, { id: record(1) }] }), [
      'payload.records.1.id',
    ]);
    const eleven = Array.from({ length: 11 }, () => ({ fields: {} }));
    assert.deepEqual(refuses('create_records', { records: eleven }), ['payload.records']);
  });

  it('share the rate of their base', () => {
    const lane = (baseId: string) => {
      const payload = { ...table, baseId, records: [{ fields: {} }] };
      return operationOf('airtable', 'create_records').lane(payload);
    };
    assert.notEqual(lane('appA'), lane('appB'));
    const path = '/v0/appA/Stops';
    assert.equal(operationOf('airtable', 'request').lane({ method: 'GET', path }), lane('appA'));
  });

  it('are nobody’s when the answer has not one for each', () => {
    const operation = operationOf('airtable', 'create_records');
    const items = ['a', 'b'].map((id) => ({ id, payload: { ...table, records: [{ fields: {} }] } }));
    const [call] = operation.encode(items, 'airtable_primary');
    assert.ok(call !== undefined);
    const body = JSON.stringify({ records: [{ id: record(1), fields: {} }] });
    assert.equal(operation.split(call, [{ status: 200, headers: {}, body }], items).size, 0);
  });
});
