import { SignalboxError, type ServiceName } from '@signalbox/contracts';
import type { Operation } from '../wire/operation.js';
import { createRecords, deleteRecords, updateRecords, upsertRecords } from './airtable/records.js';
import { requestOperation } from './any/request.js';
import { geocode } from './maps/geocode.js';
import { matrix } from './maps/matrix.js';
import { vehicleStats } from './samsara/vehicle-stats.js';
import { mailSend } from './sendgrid/mail-send.js';
import { meterEvent } from './stripe/meter-event.js';
import { sendMessage } from './twilio/send-message.js';

/** What each service is known to take besides `request`, which all do. */
const OPERATIONS: Record<ServiceName, readonly Operation[]> = {
  stripe: [requestOperation('stripe'), meterEvent],
  samsara: [requestOperation('samsara'), vehicleStats],
  maps: [requestOperation('maps'), geocode, matrix],
  twilio: [requestOperation('twilio'), sendMessage],
  sendgrid: [requestOperation('sendgrid'), mailSend],
  airtable: [requestOperation('airtable'), createRecords, updateRecords, upsertRecords, deleteRecords],
};

export function operationsOf(service: ServiceName): readonly Operation[] {
  return OPERATIONS[service];
}

/** Throws VALIDATION_FAILED naming `operation` when the service has none of that name. */
export function operationOf(service: ServiceName, name: string): Operation {
  const known = OPERATIONS[service];
  const found = known.find((operation) => operation.name === name);
  if (found !== undefined) return found;
  const message = `must be one of ${known.map((operation) => operation.name).join(', ')} for ${service}`;
  throw new SignalboxError('VALIDATION_FAILED', `operation: ${message}`, {
    fields: [{ path: 'operation', message }],
  });
}

export { authorize } from './authorize.js';
export { PROVIDER_HOSTS } from './maps/provider.js';
export type { GeocodeResult } from './maps/geocode.js';
export type { MatrixResult } from './maps/matrix.js';
export {
  meterEventSession,
  meterEventSessionRequest,
  needsMeterEventSession,
  type MeterEventSession,
} from './stripe/meter-event-session.js';
