import { contract } from '@signalbox/contracts';
import { handlerOf } from '../meaning/handler.js';
import { AirtablePayloadSchema } from './payloads.js';

/** More tables than a base may have. */
const MAX_TABLES = 1_000;

const payload = contract(AirtablePayloadSchema);

export const airtableChanges = handlerOf({
  name: 'airtable.changes',
  serviceName: 'airtable',
  types: ['records.changed', 'tables.changed'],
  payload,
  meaningOf: ({ baseTransactionNumber, changedTablesById = {} }) => {
    const tables = Object.entries(changedTablesById).slice(0, MAX_TABLES);
    return {
      meaning: {
        kind: 'records_changed',
        fields: {
          baseTransactionNumber,
          tables: tables.map(([tableId, changes]) => ({
            tableId,
            recordsCreated: Object.keys(changes.createdRecordsById ?? {}).length,
            recordsChanged: Object.keys(changes.changedRecordsById ?? {}).length,
            recordsDestroyed: changes.destroyedRecordIds?.length ?? 0,
          })),
        },
      },
      signal: null,
    };
  },
});

/** Changes that Airtable could not tell: an internal error is its own, a bad filter or hook is ours. */
export const airtableFeedFailed = handlerOf({
  name: 'airtable.feed_failed',
  serviceName: 'airtable',
  types: ['payload.error'],
  payload,
  meaningOf: ({ baseTransactionNumber, code = 'UNKNOWN' }) => ({
    meaning: { kind: 'change_feed_failed', fields: { baseTransactionNumber, code } },
    signal:
      code === 'INTERNAL_ERROR'
        ? {
            errorType: 'change_feed_failed',
            serviceName: 'airtable',
            operation: 'list_webhook_payloads',
            severity: 'low',
            errorMessage: 'Airtable could not tell what changed: INTERNAL_ERROR',
          }
        : null,
  }),
});
