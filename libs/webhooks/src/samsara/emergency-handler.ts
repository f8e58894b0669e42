import { contract } from '@signalbox/contracts';
import { isoOfSeconds, isoOfText } from '../reading/times.js';
import { handlerOf } from '../meaning/handler.js';
import { emergencyOf, isResolved, SamsaraEventSchema, vehicleOf, type SamsaraEvent } from './alerts.js';

/**
 * Alerts, in both webhook versions, that are emergencies of a vehicle or its driver; others mean nothing here.
 * They tell of the road, not of Samsara: no signal.
 */
export const samsaraEmergency = handlerOf({
  name: 'samsara.emergency',
  serviceName: 'samsara',
  types: ['Alert', 'AlertIncident'],
  payload: contract(SamsaraEventSchema),
  meaningOf: (alert) => {
    const emergency = emergencyOf(alert);
    if (emergency === null) return null;
    const fields = { vehicleId: vehicleOf(alert), emergency, happenedAt: happenedAt(alert) };
    const kind = isResolved(alert) ? 'vehicle_emergency_resolved' : 'vehicle_emergency';
    return { meaning: { kind, fields }, signal: null };
  },
});

function happenedAt({ data, event, eventMs, eventTime }: SamsaraEvent): string | null {
  const startedMs = event?.startMs ?? eventMs;
  return (
    isoOfText(data?.happenedAtTime) ??
    (startedMs === undefined ? isoOfText(eventTime) : isoOfSeconds(startedMs / 1_000))
  );
}
