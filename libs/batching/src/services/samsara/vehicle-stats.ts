import { contract } from '@signalbox/contracts';
import Type, { type Static } from 'typebox';
import { jsonBody, type HttpRequest } from '../../wire/http.js';
import { refuse, type Operation } from '../../wire/operation.js';
import { sharedCall } from '../lone.js';

/** A page of Samsara's lists holds at most 512 entries; a list of ids of that length is a URL that proxies take. */
const MOST_VEHICLES = 400;
/** "You may list up to 3 types"; auxInput3 to auxInput10 count as one. */
const MOST_TYPES = 3;

const VehicleStatsSchema = Type.Object(
  {
    vehicleIds: Type.Array(Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,64}$' }), {
      minItems: 1,
      maxItems: MOST_VEHICLES,
    }),
    types: Type.Array(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9]{0,63}$' }), { minItems: 1, maxItems: 10 }),
  },
  { additionalProperties: false },
);
export type VehicleStats = Static<typeof VehicleStatsSchema>;

/** `GET /fleet/vehicles/stats`: reads of the same types become one read of all their vehicles. */
export const vehicleStats: Operation<VehicleStats> = {
  service: 'samsara',
  name: 'vehicle_stats',
  payload: contract(VehicleStatsSchema),
  merges: true,
  check({ types }) {
    const counted = new Set(types.map((type) => (/^auxInput([3-9]|10)$/.test(type) ? 'auxInput3–10' : type)));
    if (counted.size > MOST_TYPES) refuse('payload.types', `may name at most ${MOST_TYPES} types`);
  },
  effect: () => 'read',
  repeatable: () => true,
  mergeKeys: ({ types }) => [sortedSet(types).join(',')],
  measure: ({ vehicleIds }) => ({
    units: new Set(vehicleIds).size,
    mostUnits: MOST_VEHICLES,
    bytes: vehicleIds.join(',').length,
    sharedBytes: 0,
    addedBillableUnits: 0,
    conflicts: [],
  }),
  lane: () => 'samsara',
  encode(items) {
    const [first] = items;
    if (first === undefined) return [];
    const vehicleIds = sortedSet(items.flatMap(({ payload }) => payload.vehicleIds));
    return [sharedCall(httpRequest(sortedSet(first.payload.types), vehicleIds), items)];
  },
  next(call, response) {
    const { pagination } = pageOf(response.body === '' ? undefined : jsonBody(response));
    const cursor = pagination?.endCursor;
    if (pagination?.hasNextPage !== true || cursor === undefined || cursor === '') return null;
    const query = [...call.request.query.filter(([name]) => name !== 'after'), ['after', cursor] as const];
    return { ...call, request: { ...call.request, query } };
  },
  split(_call, responses, items) {
    const byId = new Map<string, unknown>();
    for (const response of responses) {
      for (const vehicle of pageOf(jsonBody(response)).data ?? []) byId.set(vehicle.id, vehicle);
    }
    // A vehicle that Samsara does not know is left out of its answer, here as in a call of the item's own.
    return new Map(
      items.map(({ id, payload }) => {
        const data = [...new Set(payload.vehicleIds)].flatMap((vehicle) => byId.get(vehicle) ?? []);
        return [id, { data, pagination: { endCursor: '', hasNextPage: false } }];
      }),
    );
  },
};

interface Page {
  data?: { id: string }[];
  pagination?: { endCursor?: string; hasNextPage?: boolean };
}

function pageOf(body: unknown): Page {
  return typeof body === 'object' && body !== null ? body : {};
}

function httpRequest(types: readonly string[], vehicleIds: readonly string[]): HttpRequest {
  return {
    method: 'GET',
    path: '/fleet/vehicles/stats',
    query: [
      ['types', types.join(',')],
      ['vehicleIds', vehicleIds.join(',')],
    ],
    headers: { accept: 'application/json' },
    body: null,
  };
}

function sortedSet(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
