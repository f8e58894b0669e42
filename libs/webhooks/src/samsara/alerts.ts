import Type, { type Static } from 'typebox';
import { Identifier } from '@signalbox/contracts';

const Id = Type.Union([Type.String({ maxLength: 128 }), Type.Number()]);
const Named = Type.Object({ id: Type.Optional(Id), name: Type.Optional(Type.String()) });
const Condition = Type.Object({
  description: Type.Optional(Type.String()),
  /** What is measured → the reading, with the vehicle it is of. */
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

/** What is read of Samsara's events: `data` in version 2 (`AlertIncident`, …), `event` in version 1 (`Alert`). */
export const SamsaraEventSchema = Type.Object({
  eventId: Type.String({ minLength: 1, maxLength: 256 }),
  eventType: Identifier,
  eventTime: Type.Optional(Type.String({ maxLength: 64 })),
  eventMs: Type.Optional(Type.Number()),
  data: Type.Optional(
    Type.Object({
      vehicle: Type.Optional(Named),
      conditions: Type.Optional(Type.Array(Condition)),
      happenedAtTime: Type.Optional(Type.String({ maxLength: 64 })),
      isResolved: Type.Optional(Type.Boolean()),
    }),
  ),
  event: Type.Optional(
    Type.Object({
      alertConditionId: Type.Optional(Type.String()),
      alertConditionDescription: Type.Optional(Type.String()),
      device: Type.Optional(Named),
      resolved: Type.Optional(Type.Boolean()),
      startMs: Type.Optional(Type.Number()),
    }),
  ),
});
export type SamsaraEvent = Static<typeof SamsaraEventSchema>;

/** The vehicle's id, wherever this kind of event names it. */
export function vehicleOf({ data, event }: SamsaraEvent): string | null {
  const named = data?.vehicle ?? event?.device ?? firstVehicle(data?.conditions ?? []);
  return named?.id === undefined ? null : String(named.id);
}

function firstVehicle(conditions: readonly Static<typeof Condition>[]): Static<typeof Named> | undefined {
  for (const { details } of conditions) {
    for (const reading of Object.values(details ?? {})) {
      const vehicle = (reading as { vehicle?: unknown } | null)?.vehicle;
      const id = (vehicle as { id?: unknown } | null | undefined)?.id;
      if (typeof id === 'string' || typeof id === 'number') return { id };
    }
  }
  return undefined;
}

export type Emergency = 'panic_button' | 'crash' | 'emergency';

/** Conditions are named in Samsara's words and in the customer's own, so they are known by what they say. */
const EMERGENCIES: readonly (readonly [RegExp, Emergency])[] = [
  [/panic|\bsos\b/i, 'panic_button'],
  [/crash|collision|rollover/i, 'crash'],
  [/emergency|man ?down/i, 'emergency'],
];

/** What kind of emergency an event tells of, null for none. A resolved one is still about an emergency. */
export function emergencyOf({ eventType, data, event }: SamsaraEvent): Emergency | null {
  const said = [eventType, event?.alertConditionId ?? '', event?.alertConditionDescription ?? ''];
  for (const { description, details } of data?.conditions ?? []) {
    said.push(description ?? '', ...Object.keys(details ?? {}));
  }
  return EMERGENCIES.find(([pattern]) => said.some((text) => pattern.test(text)))?.[1] ?? null;
}

export function isResolved({ data, event }: SamsaraEvent): boolean {
  return data?.isResolved ?? event?.resolved ?? false;
}
