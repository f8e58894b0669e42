import Type from 'typebox';
import { contract, Identifier } from '@signalbox/contracts';
import { soleHeader, type Delivery } from '../verification/delivery.js';
import { identifier } from '../reading/identifiers.js';
import { readJson } from '../reading/json.js';
import { unreadable, type ReadingOf } from '../reading/received-event.js';
import { isoOfSeconds, isoOfText } from '../reading/times.js';

/** What Standard Webhooks asks of a payload; `data` is the provider's own. */
const payload = contract(
  Type.Object({ type: Identifier, timestamp: Type.Optional(Type.String({ maxLength: 64 })) }),
);

export function readMaps({ headers, rawBody }: Delivery): ReadingOf<'events'> {
  const read = readJson(rawBody, payload);
  if ('kind' in read) return read;
  const { value: event, text } = read;
  const id = soleHeader(headers, 'webhook-id', 'missing_message_id', 'malformed_message_id');
  if (typeof id !== 'string') return unreadable('wrong_shape', 'webhook-id: is required');
  const occurredAt = isoOfText(event.timestamp) ?? isoOfSeconds(Number(headers['webhook-timestamp']));
  return {
    kind: 'events',
    events: [
      {
        serviceName: 'maps',
        externalId: identifier(id),
        type: event.type,
        // Standard Webhooks names no entity.
        entity: null,
        sequence: null,
        occurredAt,
        critical: false,
        payload: event,
        payloadText: text,
      },
    ],
  };
}
