import { contract } from '@signalbox/contracts';
import Type, { type Static } from 'typebox';
import { canonicalJson } from '../../wire/canonical-json.js';
import { shortDigest } from '../../wire/digest.js';
import { byteLength, jsonBody, JSON_TYPE, type HttpRequest, type HttpResponse } from '../../wire/http.js';
import { refuse, type Operation, type WireItem } from '../../wire/operation.js';
import { sharedCall } from '../lone.js';

/** "Up to 10 record objects" for create, update, upsert and delete alike (Airtable Web API). */
const MOST_RECORDS = 10;
const MERGE_FIELDS = 3;

const RecordSchema = Type.Object(
  {
    id: Type.Optional(Type.String({ pattern: '^rec[A-Za-z0-9]{14}$' })),
    fields: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 255 }), Type.Unknown())),
  },
  { additionalProperties: false },
);

const RecordsSchema = Type.Object(
  {
    baseId: Type.String({ pattern: '^app[A-Za-z0-9]{1,32}$' }),
    /** Its id or its name. */
    table: Type.String({ minLength: 1, maxLength: 255 }),
    records: Type.Array(RecordSchema, { minItems: 1, maxItems: MOST_RECORDS }),
    performUpsert: Type.Optional(
      Type.Object(
        {
          fieldsToMergeOn: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
            minItems: 1,
            maxItems: MERGE_FIELDS,
          }),
        },
        { additionalProperties: false },
      ),
    ),
    typecast: Type.Optional(Type.Boolean()),
    returnFieldsByFieldId: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type Records = Static<typeof RecordsSchema>;
const recordsPayload = contract(RecordsSchema);

type RecordsOperation = 'create_records' | 'update_records' | 'upsert_records' | 'delete_records';

/** What each operation asks of a record. */
const NEEDS: Record<RecordsOperation, { id: 'required' | 'none' | 'optional'; fields: boolean }> = {
  create_records: { id: 'none', fields: true },
  update_records: { id: 'required', fields: true },
  upsert_records: { id: 'optional', fields: true },
  delete_records: { id: 'required', fields: false },
};

export const createRecords = recordsOperation('create_records');
export const updateRecords = recordsOperation('update_records');
export const upsertRecords = recordsOperation('upsert_records');
export const deleteRecords = recordsOperation('delete_records');

/**
 * Records of one table written together, at most ten. Airtable applies a request whole or not at all, and answers
 * the records in the order in which they were asked. It takes no idempotency key: an update set twice is set once,
 * but a created record would be there twice.
 */
function recordsOperation(name: RecordsOperation): Operation<Records> {
  const needs = NEEDS[name];
  return {
    service: 'airtable',
    name,
    payload: recordsPayload,
    merges: true,
    check(payload) {
      if (name === 'upsert_records' && payload.performUpsert === undefined) {
        refuse('payload.performUpsert', 'is required');
      }
      if (name !== 'upsert_records' && payload.performUpsert !== undefined) {
        refuse('payload.performUpsert', 'is for upsert_records');
      }
      const seen = new Set<string>();
      payload.records.forEach(({ id, fields }, index) => {
        const at = `payload.records.${index}`;
        if (id === undefined && needs.id === 'required') refuse(`${at}.id`, 'is required');
        if (id !== undefined && needs.id === 'none') refuse(`${at}.id`, 'is given by Airtable');
        if (fields === undefined && needs.fields) refuse(`${at}.fields`, 'is required');
        if (id !== undefined && seen.has(id)) refuse(`${at}.id`, 'names a record twice');
        if (id !== undefined) seen.add(id);
      });
    },
    effect: () => 'write',
    repeatable: () => name === 'update_records' || name === 'upsert_records',
    mergeKeys: ({ records: _, performUpsert, ...shared }) => {
      const fields = performUpsert?.fieldsToMergeOn.toSorted();
      return [shortDigest(canonicalJson({ name, ...shared, fields }))];
    },
    measure: (payload) => ({
      units: payload.records.length,
      mostUnits: MOST_RECORDS,
      bytes: byteLength(JSON.stringify(payload)),
      sharedBytes: 0,
      addedBillableUnits: 0,
      conflicts: payload.records.map((record) => identityOf(payload, record)).filter((one) => one !== null),
    }),
    lane: ({ baseId }) => `airtable:${baseId}`,
    encode(items) {
      const [first] = items;
      return first === undefined ? [] : [sharedCall(httpRequest(name, first.payload, items), items)];
    },
    split: (_call, [response], items) => partsOf(response, items),
  };
}

function httpRequest(
  name: RecordsOperation,
  shared: Records,
  items: readonly WireItem<Records>[],
): HttpRequest {
  const path = `/v0/${shared.baseId}/${encodeURIComponent(shared.table)}`;
  const records = items.flatMap((item) => item.payload.records);
  if (name === 'delete_records') {
    const query = records.map(({ id = '' }) => ['records[]', id] as const);
    return { method: 'DELETE', path, query, headers: {}, body: null };
  }
  const { performUpsert, typecast, returnFieldsByFieldId } = shared;
  return {
    method: name === 'create_records' ? 'POST' : 'PATCH',
    path,
    query: [],
    headers: { 'content-type': JSON_TYPE },
    body: JSON.stringify({ performUpsert, records, typecast, returnFieldsByFieldId }),
  };
}

/** What no two records of one request may share: the record that they write; null when nobody can know. */
function identityOf({ performUpsert }: Records, record: Records['records'][number]): string | null {
  if (record.id !== undefined) return record.id;
  if (performUpsert === undefined) return null;
  const keys = performUpsert.fieldsToMergeOn.toSorted().map((field) => record.fields?.[field]);
  return shortDigest(canonicalJson(keys));
}

interface Answer {
  records?: { id?: string }[];
  createdRecords?: string[];
  updatedRecords?: string[];
}

function partsOf(
  response: HttpResponse | undefined,
  items: readonly WireItem<Records>[],
): Map<string, unknown> {
  const parts = new Map<string, unknown>();
  const answer = (response === undefined ? undefined : jsonBody(response)) as Answer | undefined;
  if (!Array.isArray(answer?.records)) return parts;
  const expected = items.reduce((sum, { payload }) => sum + payload.records.length, 0);
  // With a record more or less there is no saying whose is whose.
  if (answer.records.length !== expected) return parts;
  let at = 0;
  for (const { id, payload } of items) {
    const records = answer.records.slice(at, at + payload.records.length);
    at += payload.records.length;
    const mine = new Set(records.map((record) => record.id));
    const own = (ids: string[]) => ids.filter((one) => mine.has(one));
    parts.set(id, {
      records,
      ...(answer.createdRecords && { createdRecords: own(answer.createdRecords) }),
      ...(answer.updatedRecords && { updatedRecords: own(answer.updatedRecords) }),
    });
  }
  return parts;
}
