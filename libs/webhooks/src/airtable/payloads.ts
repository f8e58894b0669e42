import Type, { type Static } from 'typebox';
import { contract } from '@signalbox/contracts';
import { unreadable, type ReceivedEvent, type Unreadable } from '../reading/received-event.js';
import { isoOfText } from '../reading/times.js';

/** Payloads that one call lists at most. */
export const PAYLOADS_PER_CALL = 50;

/** The cursor of a webhook that was never listed. */
export const FIRST_CURSOR = 1;

const Records = Type.Optional(Type.Record(Type.String(), Type.Unknown()));
const TableChangesSchema = Type.Object({
  createdRecordsById: Records,
  changedRecordsById: Records,
  destroyedRecordIds: Type.Optional(Type.Array(Type.String())),
});

const Tables = Type.Optional(Type.Record(Type.String(), Type.Unknown()));
export const AirtablePayloadSchema = Type.Object({
  baseTransactionNumber: Type.Integer({ minimum: 0 }),
  timestamp: Type.Optional(Type.String({ maxLength: 64 })),
  changedTablesById: Type.Optional(Type.Record(Type.String(), TableChangesSchema)),
  createdTablesById: Tables,
  destroyedTableIds: Type.Optional(Type.Array(Type.String())),
  /** Airtable could not tell what changed: `code` says why. */
  error: Type.Optional(Type.Boolean()),
  code: Type.Optional(Type.String({ maxLength: 64 })),
});
type AirtablePayload = Static<typeof AirtablePayloadSchema>;

const page = contract(
  Type.Object({
    /** Where to go on: the number of the next payload. */
    cursor: Type.Integer({ minimum: 1 }),
    mightHaveMore: Type.Boolean(),
    payloads: Type.Array(AirtablePayloadSchema, { maxItems: 1_000 }),
  }),
);

/** Which webhook is listed, and from where. */
export interface PayloadCursor {
  readonly baseId: string;
  readonly webhookId: string;
  readonly cursor: number;
}

export interface PayloadPage {
  readonly kind: 'page';
  readonly events: readonly ReceivedEvent[];
  /** To be kept once the events are durable, not before: what lies between is listed again, and known by its id. */
  readonly nextCursor: number;
  /** Whether to list again at once. False also when the cursor stood still: asking on would never end. */
  readonly mightHaveMore: boolean;
}

/**
 * The events of one answer of `GET /v0/bases/:baseId/webhooks/:webhookId/payloads?cursor=`. Never throws.
 * https://airtable.com/developers/web/api/list-webhook-payloads
 */
export function readPayloadPage(from: PayloadCursor, answer: unknown): PayloadPage | Unreadable {
  if (!page.check(answer)) {
    const [first] = page.errors(answer);
    return unreadable('wrong_shape', `${first?.path || 'answer'}: ${first?.message ?? 'is not valid'}`);
  }
  if (answer.cursor < from.cursor) {
    return unreadable('wrong_shape', `cursor: goes back from ${from.cursor} to ${answer.cursor}`);
  }
  return {
    kind: 'page',
    events: answer.payloads.map((payload) => received(from, payload)),
    nextCursor: answer.cursor,
    mightHaveMore: answer.mightHaveMore && answer.cursor > from.cursor,
  };
}

function received({ baseId, webhookId }: PayloadCursor, payload: AirtablePayload): ReceivedEvent {
  const { baseTransactionNumber } = payload;
  return {
    serviceName: 'airtable',
    externalId: `${webhookId}:${baseTransactionNumber}`,
    type: typeOf(payload),
    entity: `base:${baseId}`,
    sequence: baseTransactionNumber,
    occurredAt: isoOfText(payload.timestamp),
    critical: false,
    payload,
  };
}

function typeOf(payload: AirtablePayload): string {
  if (payload.error === true) return 'payload.error';
  return payload.changedTablesById === undefined ? 'tables.changed' : 'records.changed';
}
