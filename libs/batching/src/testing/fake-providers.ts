import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../wire/http.js';

/**
 * Answers that depend on nothing but the request, in the form that each provider documents: whoever asks for the
 * same thing, alone or among others, is told the same.
 */
export function answer(request: HttpRequest): HttpResponse {
  const { path } = request;
  const found = ANSWERS.find(([pattern]) => pattern.test(path));
  if (found === undefined) return json(404, { message: `nobody answers ${path}` });
  return found[1](request);
}

const ANSWERS: readonly (readonly [RegExp, (request: HttpRequest) => HttpResponse])[] = [
  [/^\/v3\/mail\/send$/, () => ({ status: 202, headers: { 'x-message-id': 'message' }, body: '' })],
  [/^\/v0\//, airtable],
  [/Messages\.json$/, ({ body }) => json(201, { sid: `SM${digest(body ?? '')}` })],
  [/^\/v2\/billing\/meter_event_stream$/, () => json(200, {})],
  [/^\/fleet\/vehicles\/stats$/, samsara],
  [/^\/search\/geocode\/v6\/batch$/, mapboxBatch],
  [
    /^\/search\/geocode\/v6\/forward$/,
    (request) => json(200, mapboxFeatures(asked(request, 'q'), limitOf(request))),
  ],
  [/^\/maps\/api\/geocode\/json$/, googleGeocode],
  [/^\/v1\/geocode$/, hereGeocode],
  [/^\/directions-matrix\/v1\//, mapboxMatrix],
  [/^\/distanceMatrix\/v2:computeRouteMatrix$/, googleMatrix],
  [/^\/v8\/matrix$/, hereMatrix],
  [/^\/things\//, ({ method, path, body }) => json(200, { method, path, body })],
];

function airtable(request: HttpRequest): HttpResponse {
  const createdTime = '2025-01-01T00:00:00.000Z';
  if (request.method === 'DELETE') {
    return json(200, { records: request.query.map(([, id]) => ({ id, deleted: true })) });
  }
  const { records, performUpsert } = JSON.parse(request.body ?? '') as {
    records: { id?: string; fields: object }[];
    performUpsert?: object;
  };
  const written = records.map(({ id, fields }) => ({
    id: id ?? `rec${digest(JSON.stringify(fields)).slice(0, 14)}`,
    createdTime,
    fields,
  }));
  if (performUpsert === undefined) return json(200, { records: written });
  const ids = written.map(({ id }) => id);
  // Half of the world existed before.
  const updatedRecords = ids.filter((id) => number(id) % 2 === 0);
  const createdRecords = ids.filter((id) => !updatedRecords.includes(id));
  return json(200, { records: written, updatedRecords, createdRecords });
}

/** Knows no vehicle whose id ends in 9, and gives three a page. */
function samsara(request: HttpRequest): HttpResponse {
  const known = asked(request, 'vehicleIds')
    .split(',')
    .filter((id) => !id.endsWith('9'));
  const after = Number(request.query.find(([name]) => name === 'after')?.[1] ?? 0);
  const data = known
    .slice(after, after + 3)
    .map((id) => ({ id, gps: { speedMilesPerHour: number(id) % 80 }, types: asked(request, 'types') }));
  const hasNextPage = after + 3 < known.length;
  return json(200, { data, pagination: { endCursor: hasNextPage ? String(after + 3) : '', hasNextPage } });
}

function mapboxBatch({ body }: HttpRequest): HttpResponse {
  const queries = JSON.parse(body ?? '') as { q: string; limit: number }[];
  return json(200, { batch: queries.map(({ q, limit }) => mapboxFeatures(q, limit)) });
}

function mapboxFeatures(query: string, limit: number) {
  const features = Array.from({ length: limit }, (_, index) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [number(query) % 180, (number(query) + index) % 90] },
    properties: { mapbox_id: digest(query), full_address: `${query} ${index}` },
  }));
  return { type: 'FeatureCollection', features };
}

function googleGeocode(request: HttpRequest): HttpResponse {
  const address = asked(request, 'address');
  const geometry = { location: { lat: number(address) % 90, lng: number(address) % 180 } };
  return json(200, {
    status: 'OK',
    results: [{ formatted_address: address, place_id: digest(address), geometry }],
  });
}

function hereGeocode(request: HttpRequest): HttpResponse {
  const q = asked(request, 'q');
  return json(200, {
    items: [{ title: q, id: digest(q), position: { lat: number(q) % 90, lng: number(q) % 180 } }],
  });
}

function mapboxMatrix(request: HttpRequest): HttpResponse {
  const points = (request.path.split('/').at(-1) ?? '').split(';');
  const side = (name: string) =>
    asked(request, name)
      .split(';')
      .map((index) => points[Number(index)] ?? '');
  const grid = (of: (from: string, to: string) => number | null) =>
    side('sources').map((from) => side('destinations').map((to) => of(from, to)));
  return json(200, { code: 'Ok', durations: grid(secondsBetween), distances: grid(metresBetween) });
}

interface GoogleWaypoint {
  waypoint: { location: { latLng: { latitude: number; longitude: number } } };
}

/** The last element first: the order is nothing to rely on. Zeros are left out, as protocol buffers do. */
function googleMatrix({ body }: HttpRequest): HttpResponse {
  const { origins, destinations } = JSON.parse(body ?? '') as Record<string, GoogleWaypoint[]>;
  const text = ({ waypoint: { location } }: GoogleWaypoint) =>
    `${location.latLng.longitude},${location.latLng.latitude}`;
  const elements = (origins ?? []).flatMap((origin, originIndex) =>
    (destinations ?? []).map((destination, destinationIndex) => {
      const seconds = secondsBetween(text(origin), text(destination));
      return {
        ...(originIndex > 0 && { originIndex }),
        ...(destinationIndex > 0 && { destinationIndex }),
        status: {},
        ...(seconds === null
          ? { condition: 'ROUTE_NOT_FOUND' }
          : {
              condition: 'ROUTE_EXISTS',
              duration: `${seconds}s`,
              distanceMeters: metresBetween(text(origin), text(destination)),
            }),
      };
    }),
  );
  return json(200, elements.reverse());
}

function hereMatrix({ body }: HttpRequest): HttpResponse {
  const { origins, destinations } = JSON.parse(body ?? '') as Record<string, { lat: number; lng: number }[]>;
  const pairs = (origins ?? []).flatMap((from) =>
    (destinations ?? []).map((to) => [`${from.lng},${from.lat}`, `${to.lng},${to.lat}`] as const),
  );
  return json(200, {
    matrixId: 'matrix',
    matrix: {
      numOrigins: origins?.length,
      numDestinations: destinations?.length,
      travelTimes: pairs.map(([from, to]) => secondsBetween(from, to) ?? 0),
      distances: pairs.map(([from, to]) => metresBetween(from, to) ?? 0),
      errorCodes: pairs.map(([from, to]) => (secondsBetween(from, to) === null ? 3 : 0)),
    },
  });
}

/** One pair in eight has no way between. */
function secondsBetween(from: string, to: string): number | null {
  const way = number(`${from} ${to}`);
  return way % 8 === 0 ? null : way % 10_000;
}

function metresBetween(from: string, to: string): number | null {
  return secondsBetween(from, to) === null ? null : number(`${to} ${from}`) % 100_000;
}

function asked(request: HttpRequest, name: string): string {
  return request.query.find(([one]) => one === name)?.[1] ?? '';
}

function limitOf(request: HttpRequest): number {
  return Number(asked(request, 'limit'));
}

function json(status: number, body: unknown): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function number(text: string): number {
  return Number.parseInt(digest(text).slice(0, 8), 16);
}
