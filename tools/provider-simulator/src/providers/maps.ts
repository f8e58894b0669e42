import { hash } from '../luck.js';
import type { Provider } from './provider.js';

/** One place a query, always the same one. */
function placeOf(query: string): { latitude: number; longitude: number } {
  const place = hash(query.toLowerCase());
  return { latitude: -60 + (place % 12_000) / 100, longitude: -180 + ((place >>> 8) % 36_000) / 100 };
}

/** `GET /geocoding/v5/mapbox.places/{query}.json`. */
export function mapbox(): Provider {
  return {
    error: (_, message) => ({ message }),
    routes(app) {
      app.get<{ Params: { query: string } }>('/geocoding/v5/mapbox.places/:query.json', (request) => {
        const { query } = request.params;
        const { latitude, longitude } = placeOf(query);
        const center = [longitude, latitude];
        const place = {
          id: `place.${hash(query)}`,
          type: 'Feature',
          place_type: ['place'],
          relevance: 1,
          text: query,
          place_name: query,
        };
        return {
          type: 'FeatureCollection',
          query: query.toLowerCase().split(/\s+/),
          features: [{ ...place, center, geometry: { type: 'Point', coordinates: center } }],
          attribution: 'simulated',
        };
      });
    },
  };
}

/** `GET /maps/api/geocode/json?address=`. */
export function googleMaps(): Provider {
  return {
    error: (status, message) => ({
      error_message: message,
      results: [],
      status: status === 429 ? 'OVER_QUERY_LIMIT' : 'UNKNOWN_ERROR',
    }),
    routes(app) {
      app.get<{ Querystring: { address?: string } }>('/maps/api/geocode/json', (request) => {
        const { address } = request.query;
        if (address === undefined)
          return { error_message: 'address is required', results: [], status: 'INVALID_REQUEST' };
        const { latitude: lat, longitude: lng } = placeOf(address);
        const geometry = { location: { lat, lng }, location_type: 'APPROXIMATE' };
        return {
          results: [
            { formatted_address: address, geometry, place_id: `sim${hash(address)}`, types: ['locality'] },
          ],
          status: 'OK',
        };
      });
    },
  };
}

/** `GET /v1/geocode?q=`. */
export function here(): Provider {
  return {
    error: (status, message) => ({ status, title: message, correlationId: 'simulated' }),
    routes(app) {
      app.get<{ Querystring: { q?: string } }>('/v1/geocode', (request, reply) => {
        const { q } = request.query;
        if (q === undefined)
          return reply.code(400).send({ status: 400, title: 'q is required', correlationId: 'simulated' });
        const { latitude: lat, longitude: lng } = placeOf(q);
        return {
          items: [{ title: q, id: `here:${hash(q)}`, resultType: 'locality', position: { lat, lng } }],
        };
      });
    },
  };
}
