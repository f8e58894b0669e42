import { hash } from '../luck.js';
import type { Provider } from './provider.js';

const FLEET_SIZE = 50;
const FLEET = Array.from({ length: FLEET_SIZE }, (_, i) => ({
  id: String(281_474_977_075_805 + i),
  name: `Truck ${i + 1}`,
}));

/** `GET /fleet/vehicles` and `GET /fleet/vehicles/stats?types=…&vehicleIds=…`. */
export function samsara(): Provider {
  return {
    error: (_, message) => ({ message, requestId: 'simulated' }),
    routes(app) {
      app.get('/fleet/vehicles', () => ({ data: FLEET, pagination: { endCursor: '', hasNextPage: false } }));
      app.get<{ Querystring: { types?: string; vehicleIds?: string } }>(
        '/fleet/vehicles/stats',
        (request, reply) => {
          const { types, vehicleIds } = request.query;
          if (types === undefined)
            return reply.code(400).send({ message: 'types is required', requestId: 'simulated' });
          const asked = vehicleIds === undefined ? null : new Set(vehicleIds.split(','));
          const vehicles = FLEET.filter(({ id }) => asked === null || asked.has(id));
          return {
            data: vehicles.map((vehicle) => ({ ...vehicle, ...statsOf(vehicle.id, types.split(',')) })),
            pagination: { endCursor: '', hasNextPage: false },
          };
        },
      );
    },
  };
}

/** Each vehicle stands somewhere in the middle of the United States. */
function statsOf(id: string, types: readonly string[]): object {
  const time = new Date().toISOString();
  const place = hash(id);
  const stats: Record<string, object> = {
    gps: {
      time,
      latitude: 35 + (place % 1000) / 100,
      longitude: -105 + ((place >>> 10) % 2000) / 100,
      headingDegrees: place % 360,
      speedMilesPerHour: place % 65,
    },
    engineStates: { time, value: place % 3 === 0 ? 'Idle' : 'On' },
    fuelPercents: { time, value: place % 101 },
  };
  return Object.fromEntries(types.filter((type) => type in stats).map((type) => [type, stats[type]]));
}
