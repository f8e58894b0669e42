import Type, { type Static } from 'typebox';
import { contract, Identifier } from '@signalbox/contracts';
import type { Delivery } from '../verification/delivery.js';
import { digestOf, entityOf, identifier } from '../reading/identifiers.js';
import { readJson } from '../reading/json.js';
import { unreadable, type ReadingOf } from '../reading/received-event.js';
import { isoOfSeconds, msOfIso } from '../reading/times.js';

/** SendGrid posts what it gathered in seconds; a body at the size limit holds fewer. */
const MAX_EVENTS = 10_000;

const element = Type.Object({
  event: Identifier,
  sg_event_id: Type.Optional(Type.String({ maxLength: 256 })),
  sg_message_id: Type.Optional(Type.String({ maxLength: 512 })),
  /** Unix seconds. */
  timestamp: Type.Optional(Type.Number()),
});
const body = contract(Type.Array(element));

/** One delivery is many events, each with an id of its own: a repeated delivery may repeat only some of them. */
export function readSendgrid({ rawBody }: Delivery): ReadingOf<'events'> {
  const read = readJson(rawBody, body);
  if ('kind' in read) return read;
  if (read.value.length > MAX_EVENTS) return unreadable('too_many_events', `more than ${MAX_EVENTS} events`);
  return { kind: 'events', events: read.value.map(received) };
}

function received(event: Static<typeof element>) {
  const occurredAt = isoOfSeconds(event.timestamp);
  return {
    serviceName: 'sendgrid' as const,
    externalId: event.sg_event_id ? identifier(event.sg_event_id) : digestOf(JSON.stringify(event)),
    type: event.event,
    entity: entityOf('message', messageOf(event.sg_message_id)),
    sequence: msOfIso(occurredAt),
    occurredAt,
    critical: false,
    payload: event,
  };
}

/** Behind the first point stand the machines that handled it: not part of the message's identity. */
function messageOf(messageId: string | undefined): string | undefined {
  return messageId?.split('.', 1)[0];
}
