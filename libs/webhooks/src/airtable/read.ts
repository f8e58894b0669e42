import Type from 'typebox';
import { contract } from '@signalbox/contracts';
import type { Delivery } from '../verification/delivery.js';
import { readJson } from '../reading/json.js';
import type { ReadingOf } from '../reading/received-event.js';
import { isoOfText } from '../reading/times.js';

/** Ids end up in the path of a request: nothing else may. */
const AirtableId = Type.String({ pattern: '^[A-Za-z0-9]{3,64}$' });

const ping = contract(
  Type.Object({
    base: Type.Object({ id: AirtableId }),
    webhook: Type.Object({ id: AirtableId }),
    timestamp: Type.Optional(Type.String({ maxLength: 64 })),
  }),
);

export function readAirtable({ rawBody }: Delivery): ReadingOf<'ping'> {
  const read = readJson(rawBody, ping);
  if ('kind' in read) return read;
  const { base, webhook, timestamp } = read.value;
  return { kind: 'ping', baseId: base.id, webhookId: webhook.id, occurredAt: isoOfText(timestamp) };
}
