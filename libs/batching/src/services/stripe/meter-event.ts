import { contract } from '@signalbox/contracts';
import Type, { type Static } from 'typebox';
import { byteLength, JSON_TYPE } from '../../wire/http.js';
import type { Operation, WireItem } from '../../wire/operation.js';
import { sharedCall } from '../lone.js';

/** The version of the API that the requests below are written to; the v2 endpoints require one. */
export const STRIPE_VERSION = '2026-10-28.endive';
const STREAM_ORIGIN = 'https://meter-events.stripe.com';
/** "Supports up to 100 events per request." */
const MOST_EVENTS = 100;

const MeterEventSchema = Type.Object(
  {
    event_name: Type.String({ minLength: 1, maxLength: 100 }),
    /** The stream takes text only; numbers are written as JSON writes them. */
    payload: Type.Record(
      Type.String({ minLength: 1, maxLength: 100 }),
      Type.Union([Type.String({ maxLength: 500 }), Type.Number()]),
    ),
    identifier: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    /** Unix seconds, as v1 has it, or RFC 3339, as v2 has it. Within the past 35 days or the next 5 minutes. */
    timestamp: Type.Optional(
      Type.Union([
        Type.Integer({ minimum: 0, maximum: 4_102_444_800 }),
        Type.String({
          maxLength: 40,
          pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$',
        }),
      ]),
    ),
  },
  { additionalProperties: false },
);
export type MeterEvent = Static<typeof MeterEventSchema>;

/**
 * Meter events through the v2 stream, 100 a request, under a session (`meter-event-session.ts`). v1's
 * `/v1/billing/meter_events` takes one a request. The stream validates after it has answered: an event that names
 * no meter is answered 200 and shows in Stripe's `v1.billing.meter.error_report_triggered` webhook.
 *
 * The `identifier` makes an event count once in 24 hours, whoever sends it again: an item without one goes under its
 * idempotency key or its own id, so that every retry is safe.
 */
export const meterEvent: Operation<MeterEvent> = {
  service: 'stripe',
  name: 'meter_event',
  payload: contract(MeterEventSchema),
  merges: true,
  effect: () => 'write',
  repeatable: () => true,
  mergeKeys: () => ['meter_events'],
  measure: (payload) => ({
    units: 1,
    mostUnits: MOST_EVENTS,
    bytes: byteLength(JSON.stringify(payload)),
    sharedBytes: 0,
    addedBillableUnits: 0,
    // Two with one identifier: the second has to find the first counted, not beside it.
    conflicts: payload.identifier === undefined ? [] : [payload.identifier],
  }),
  lane: () => 'stripe',
  encode(items) {
    if (items.length === 0) return [];
    const events = items.map(eventOf);
    return [
      sharedCall(
        {
          method: 'POST',
          origin: STREAM_ORIGIN,
          path: '/v2/billing/meter_event_stream',
          query: [],
          headers: { 'content-type': JSON_TYPE, 'stripe-version': STRIPE_VERSION },
          body: JSON.stringify({ events }),
        },
        items,
      ),
    ];
  },
  split: (call) => new Map(call.itemIds.map((id) => [id, {}])),
};

function eventOf({ id, idempotencyKey, payload }: WireItem<MeterEvent>) {
  const { event_name, identifier, timestamp } = payload;
  const texts = Object.entries(payload.payload).map(([name, value]) => [name, String(value)] as const);
  return {
    event_name,
    identifier: identifier ?? (idempotencyKey ?? id).slice(-100),
    payload: Object.fromEntries(texts),
    ...(timestamp !== undefined && {
      timestamp: typeof timestamp === 'number' ? new Date(timestamp * 1_000).toISOString() : timestamp,
    }),
  };
}
