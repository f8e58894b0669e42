import Type, { type Static } from 'typebox';
import { contract, Identifier } from '@signalbox/contracts';
import type { Delivery } from '../verification/delivery.js';
import { entityOf } from '../reading/identifiers.js';
import { readJson } from '../reading/json.js';
import type { ReadingOf } from '../reading/received-event.js';
import { isoOfSeconds, isoOfText, msOfIso } from '../reading/times.js';

/** What every Stripe event has, in either of its forms: whole, or thin with only the object's id. */
const envelope = contract(
  Type.Object({
    id: Identifier,
    type: Identifier,
    /** Unix seconds; ISO text in thin events. */
    created: Type.Union([Type.Integer({ minimum: 0 }), Type.String({ maxLength: 64 })]),
    data: Type.Optional(Type.Object({ object: Type.Optional(Type.Record(Type.String(), Type.Unknown())) })),
    related_object: Type.Optional(
      Type.Union([Type.Object({ id: Type.String({ maxLength: 256 }) }), Type.Null()]),
    ),
  }),
);
type Envelope = Static<typeof envelope.schema>;

const CRITICAL = [/\.payment_failed$/, /\.async_payment_failed$/, /^charge\.(failed|dispute\.)/];

export function readStripe({ rawBody }: Delivery): ReadingOf<'events'> {
  const read = readJson(rawBody, envelope);
  if ('kind' in read) return read;
  const { value: event, text } = read;
  const occurredAt =
    typeof event.created === 'number' ? isoOfSeconds(event.created) : isoOfText(event.created);
  return {
    kind: 'events',
    events: [
      {
        serviceName: 'stripe',
        externalId: event.id,
        type: event.type,
        entity: entity(event),
        // Stripe times events to the second and promises no order: equal seconds are in no order.
        sequence: msOfIso(occurredAt),
        occurredAt,
        critical: CRITICAL.some((pattern) => pattern.test(event.type)),
        payload: event,
        payloadText: text,
      },
    ],
  };
}

/** The customer where the object names one, else the payment, else the object itself. */
function entity({ data, related_object: related }: Envelope): string | null {
  const object = data?.object;
  if (object === undefined) return entityOf('object', related?.id);
  if (object['object'] === 'customer') return entityOf('customer', object['id']);
  return (
    entityOf('customer', idOf(object['customer'])) ??
    entityOf('payment', idOf(object['payment_intent'])) ??
    entityOf(object['object'] === 'payment_intent' ? 'payment' : 'object', object['id'])
  );
}

/** A reference is an id, or the object itself where it was expanded. */
function idOf(reference: unknown): unknown {
  return typeof reference === 'object' && reference !== null && 'id' in reference ? reference.id : reference;
}
