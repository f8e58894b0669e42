import { contract } from '@signalbox/contracts';
import type { Delivery } from '../verification/delivery.js';
import { entityOf, identifier } from '../reading/identifiers.js';
import { readJson } from '../reading/json.js';
import type { ReadingOf } from '../reading/received-event.js';
import { isoOfSeconds, isoOfText, msOfIso } from '../reading/times.js';
import { emergencyOf, SamsaraEventSchema, vehicleOf } from './alerts.js';

const body = contract(SamsaraEventSchema);

export function readSamsara({ rawBody }: Delivery): ReadingOf<'events'> {
  const read = readJson(rawBody, body);
  if ('kind' in read) return read;
  const { value: event, text } = read;
  const occurredAt =
    event.eventMs === undefined ? isoOfText(event.eventTime) : isoOfSeconds(event.eventMs / 1_000);
  return {
    kind: 'events',
    events: [
      {
        serviceName: 'samsara',
        externalId: identifier(event.eventId),
        type: event.eventType,
        entity: entityOf('vehicle', vehicleOf(event)),
        sequence: msOfIso(occurredAt),
        occurredAt,
        // Resolved ones too: were they to wait behind others, an emergency would look longer than it was.
        critical: emergencyOf(event) !== null,
        payload: event,
        payloadText: text,
      },
    ],
  };
}
