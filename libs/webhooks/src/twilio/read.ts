import Type, { type Static } from 'typebox';
import { contract, Identifier } from '@signalbox/contracts';
import { soleHeader, type Delivery } from '../verification/delivery.js';
import { digestOf, entityOf, identifier, isIdentifier } from '../reading/identifiers.js';
import { readJson } from '../reading/json.js';
import { unreadable, type ReadingOf, type ReceivedEvent } from '../reading/received-event.js';
import { isoOfText, msOfIso } from '../reading/times.js';
import { readForm } from './form.js';
import { progressOf, UNDELIVERABLE } from './message-status.js';

type Fields = Readonly<Record<string, string | string[]>>;

/** Whether the request was signed by its body's digest; else by its fields. What was verified is what is read. */
export function readTwilio({ headers, rawBody, query }: Delivery): ReadingOf<'events'> {
  const isForm = !query.split('&').some((pair) => pair.startsWith('bodySHA256='));
  const json = !isForm && isJson(headers['content-type']);
  return json ? readEventStream(rawBody) : readCallback(rawBody, idempotencyToken(headers));
}

function isJson(contentType: string | string[] | undefined): boolean {
  return typeof contentType === 'string' && /^application\/([\w.-]+\+)?json\b/i.test(contentType);
}

/**
 * The same for every attempt at one callback. It is not signed: whoever replays a captured request can make it
 * another event, so handlers must stand a repeated fact.
 */
function idempotencyToken(headers: Delivery['headers']): string | null {
  const token = soleHeader(
    headers,
    'i-twilio-idempotency-token',
    'missing_message_id',
    'malformed_message_id',
  );
  return typeof token === 'string' ? identifier(token) : null;
}

function readCallback(rawBody: Delivery['rawBody'], token: string | null): ReadingOf<'events'> {
  const form = readForm(rawBody);
  if (form === 'not_utf8') return unreadable('not_utf8', 'the body is not UTF-8');
  if (form === 'malformed_body') return unreadable('malformed_form', 'the body is not a form');
  if (form.size === 0) return unreadable('wrong_shape', 'body: has no fields');
  const fields: Fields = Object.fromEntries(form);
  const status = statusOf(fields);
  const type = typeOf(fields, status);
  const event: ReceivedEvent = {
    serviceName: 'twilio',
    externalId: token ?? digestOf(rawBody),
    type: isIdentifier(type) ? type : 'callback',
    entity:
      entityOf('message', fields['MessageSid'] ?? fields['SmsSid']) ?? entityOf('call', fields['CallSid']),
    sequence: status === null ? null : progressOf(status),
    occurredAt: isoOfText(fields['Timestamp']),
    critical: UNDELIVERABLE.has(type),
    payload: fields,
  };
  return { kind: 'events', events: [event] };
}

function statusOf(fields: Fields): string | null {
  const status = fields['MessageStatus'] ?? fields['SmsStatus'];
  return typeof status === 'string' && status !== '' ? status.toLowerCase() : null;
}

/** Callbacks carry no type: it is told by which fields they have. */
function typeOf(fields: Fields, messageStatus: string | null): string {
  const { CallStatus: call, EventType: eventType, Level: level } = fields;
  if (messageStatus !== null) return `message.${messageStatus}`;
  if (typeof call === 'string' && call !== '') return `call.${call.toLowerCase()}`;
  if (typeof eventType === 'string' && eventType !== '') return eventType;
  if (typeof level === 'string' && level !== '') return `debugger.${level.toLowerCase()}`;
  return 'callback';
}

/** Event Streams: CloudEvents, one or several. */
const cloudEvent = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  type: Identifier,
  time: Type.Optional(Type.String({ maxLength: 64 })),
  data: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
const stream = contract(Type.Union([Type.Array(cloudEvent, { maxItems: 1_000 }), cloudEvent]));

function readEventStream(rawBody: Delivery['rawBody']): ReadingOf<'events'> {
  const read = readJson(rawBody, stream);
  if ('kind' in read) return read;
  const events = Array.isArray(read.value) ? read.value : [read.value];
  return { kind: 'events', events: events.map(streamed) };
}

function streamed(event: Static<typeof cloudEvent>): ReceivedEvent {
  const occurredAt = isoOfText(event.time);
  const { data = {} } = event;
  return {
    serviceName: 'twilio',
    externalId: identifier(event.id),
    type: event.type,
    entity: entityOf('message', data['messageSid']) ?? entityOf('call', data['callSid']),
    sequence: msOfIso(occurredAt),
    occurredAt,
    critical: UNDELIVERABLE.has(event.type),
    payload: event,
  };
}
