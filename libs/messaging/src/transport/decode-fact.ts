import { eventContracts, scopeOf, subjectOf, type EventMap, type Fact } from '@signalbox/contracts';
import { messageOf } from '../unavailable.js';

export type Decoded<F extends Fact> = { payload: EventMap[F] } | { reason: string };

/** Enough of the bad fields to see what is wrong with a payload. */
const FIELDS_IN_REASON = 10;

/** The payload of a fact if it keeps the contract, else why not. */
export function decodeFact<F extends Fact>(fact: F, subject: string, data: Uint8Array): Decoded<F> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  } catch (error) {
    return { reason: `not JSON: ${messageOf(error)}` };
  }
  const fields = eventContracts[fact].errors(value);
  if (fields.length > 0) {
    const named = fields
      .slice(0, FIELDS_IN_REASON)
      .map(({ path, message }) => `${path || 'body'} ${message}`);
    return { reason: `breaks the contract of ${fact}: ${named.join('; ')}` };
  }
  const payload = value as EventMap[F];
  const scope = scopeOf(fact, payload);
  if (subjectOf(fact, scope) !== subject)
    return { reason: `says ${scope} and came on the subject of another` };
  return { payload };
}
