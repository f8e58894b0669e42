import { contract, type OutcomeKind } from '@signalbox/contracts';
import Type, { type Static } from 'typebox';
import { byteLength, jsonBody, JSON_TYPE, type HttpResponse } from '../../wire/http.js';
import type { Operation, WireCall, WireItem } from '../../wire/operation.js';
import { verdictOf } from '../../wire/verdict.js';
import { sharedCall } from '../lone.js';
import { googlePlaces, herePlaces, mapboxPlaces, type Place } from './places.js';
import { providerOfPath, requireMapsProvider, type MapsProvider } from './provider.js';

/** Mapbox: "up to 1000 queries of mixed type in a single request", each billed as one. */
const MOST_QUERIES = 1_000;
const HERE_GEOCODE_ORIGIN = 'https://geocode.search.hereapi.com';

const GeocodeSchema = Type.Object(
  {
    /** Mapbox takes 256 characters, the fewest of the three; and its v5 list was parted by `;`, which none reads. */
    query: Type.String({ minLength: 1, maxLength: 256, pattern: '\\S' }),
    language: Type.Optional(Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
    /** Mapbox only: whether the answer will be stored. */
    permanent: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type Geocode = Static<typeof GeocodeSchema>;

/** The same form whoever answered; `answer` is the provider's own. */
export interface GeocodeResult {
  readonly provider: MapsProvider;
  readonly places: readonly Place[];
  readonly answer: unknown;
}

const DEFAULT_LIMIT = 5;

/**
 * Forward geocoding. Mapbox takes many queries in one request, each with its own options; Google and HERE have no
 * synchronous batch, so there every query is a request.
 */
export const geocode: Operation<Geocode> = {
  service: 'maps',
  name: 'geocode',
  payload: contract(GeocodeSchema),
  merges: true,
  effect: () => 'read',
  repeatable: () => true,
  mergeKeys: ({ permanent = false }) => [permanent ? 'geocode:permanent' : 'geocode'],
  measure: ({ query }) => ({
    units: 1,
    mostUnits: MOST_QUERIES,
    bytes: byteLength(query) + 64,
    sharedBytes: 0,
    addedBillableUnits: 1,
    conflicts: [],
  }),
  lane: () => 'maps',
  encode(items, nodeId) {
    const provider = requireMapsProvider(nodeId);
    if (provider === 'mapbox' && items.length > 1) return [mapboxBatch(items)];
    return items.map((item) => ONE[provider](item));
  },
  judge(call, response, nowMs) {
    const verdict = verdictOf(response, nowMs);
    if (providerOfPath(call.request.path) !== 'google' || verdict.outcome !== 'success') return verdict;
    // Google answers 200 and says in `status` what it means.
    const { status, error_message } = (jsonBody(response) ?? {}) as {
      status?: string;
      error_message?: string;
    };
    const outcome = GOOGLE_STATUS[status ?? ''] ?? 'server_error';
    return outcome === 'success' ? verdict : { ...verdict, outcome, message: error_message ?? status ?? '' };
  },
  split(call, [response], items) {
    if (response === undefined) return new Map();
    if (call.request.path.endsWith('/batch')) return mapboxParts(response, items);
    const provider = providerOfPath(call.request.path);
    return new Map(items.map((item) => [item.id, resultOf(provider, jsonBody(response), item.payload)]));
  },
};

const GOOGLE_STATUS: Readonly<Record<string, OutcomeKind>> = {
  OK: 'success',
  ZERO_RESULTS: 'success',
  OVER_QUERY_LIMIT: 'rate_limited',
  OVER_DAILY_LIMIT: 'rate_limited',
  REQUEST_DENIED: 'client_error',
  INVALID_REQUEST: 'client_error',
  UNKNOWN_ERROR: 'server_error',
};

function mapboxBatch(items: readonly WireItem<Geocode>[]): WireCall {
  const permanent = items[0]?.payload.permanent === true;
  const queries = items.map(({ payload }) => ({
    q: payload.query,
    limit: payload.limit ?? DEFAULT_LIMIT,
    ...(payload.language !== undefined && { language: payload.language }),
    autocomplete: false,
  }));
  return sharedCall(
    {
      method: 'POST',
      path: '/search/geocode/v6/batch',
      query: permanent ? [['permanent', 'true']] : [],
      headers: { 'content-type': JSON_TYPE },
      body: JSON.stringify(queries),
    },
    items,
    items.length,
  );
}

const ONE: Record<MapsProvider, (item: WireItem<Geocode>) => WireCall> = {
  mapbox: (item) =>
    get(item, '/search/geocode/v6/forward', [
      ['q', item.payload.query],
      ['limit', String(item.payload.limit ?? DEFAULT_LIMIT)],
      ...language('language', item.payload),
      ['autocomplete', 'false'],
      ...(item.payload.permanent === true ? ([['permanent', 'true']] as const) : []),
    ]),
  google: (item) =>
    get(item, '/maps/api/geocode/json', [
      ['address', item.payload.query],
      ...language('language', item.payload),
    ]),
  here: (item) =>
    get(
      item,
      '/v1/geocode',
      [
        ['q', item.payload.query],
        ['limit', String(item.payload.limit ?? DEFAULT_LIMIT)],
        ...language('lang', item.payload),
      ],
      HERE_GEOCODE_ORIGIN,
    ),
};

function get(
  item: WireItem<Geocode>,
  path: string,
  query: readonly (readonly [string, string])[],
  origin?: string,
): WireCall {
  const at = origin === undefined ? {} : { origin };
  return sharedCall({ method: 'GET', ...at, path, query, headers: {}, body: null }, [item]);
}

function language(name: string, payload: Geocode): (readonly [string, string])[] {
  return payload.language === undefined ? [] : [[name, payload.language]];
}

/** `{"batch":[FeatureCollection,…]}`, in the order of the queries. */
function mapboxParts(
  response: HttpResponse,
  items: readonly WireItem<Geocode>[],
): Map<string, GeocodeResult> {
  const { batch } = (jsonBody(response) ?? {}) as { batch?: unknown[] };
  const parts = new Map<string, GeocodeResult>();
  if (!Array.isArray(batch) || batch.length !== items.length) return parts;
  items.forEach(({ id, payload }, index) => {
    const answer = batch[index] as { features?: unknown } | null;
    if (Array.isArray(answer?.features)) parts.set(id, resultOf('mapbox', answer, payload));
  });
  return parts;
}

function resultOf(
  provider: MapsProvider,
  answer: unknown,
  { limit = DEFAULT_LIMIT }: Geocode,
): GeocodeResult {
  const places = { mapbox: mapboxPlaces, google: googlePlaces, here: herePlaces }[provider](answer);
  return { provider, places: places.slice(0, limit), answer };
}
