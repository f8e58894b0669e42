import { jsonBody, JSON_TYPE, type HttpRequest, type HttpResponse } from '../../wire/http.js';
import { pointKey, type Grid, type MatrixProfile, type Point } from './matrix-payload.js';
import type { MapsProvider } from './provider.js';

/** Rows of origins by columns of destinations; null where there is no way. */
export interface Cells {
  readonly durationsS: readonly (readonly (number | null)[])[];
  readonly distancesM: readonly (readonly (number | null)[])[];
}

interface MatrixProvider {
  request(grid: Grid): HttpRequest;
  /** Null when the answer is not a matrix of that size. */
  cells(response: HttpResponse, rows: number, columns: number): Cells | null;
}

export const MATRIX_PROVIDERS: Record<MapsProvider, MatrixProvider> = {
  /** `GET /directions-matrix/v1/mapbox/{profile}/{coordinates}`: sources and destinations by index. */
  mapbox: {
    request({ origins, destinations, profile }) {
      const points = [
        ...new Map([...origins, ...destinations].map((point) => [pointKey(point), point])).keys(),
      ];
      const indices = (list: readonly Point[]) =>
        list.map((point) => points.indexOf(pointKey(point))).join(';');
      return {
        method: 'GET',
        path: `/directions-matrix/v1/mapbox/${profile}/${points.join(';')}`,
        query: [
          ['sources', indices(origins)],
          ['destinations', indices(destinations)],
          ['annotations', 'duration,distance'],
        ],
        headers: {},
        body: null,
      };
    },
    cells(response, rows, columns) {
      const { durations, distances } = (jsonBody(response) ?? {}) as {
        durations?: (number | null)[][];
        distances?: (number | null)[][];
      };
      if (!isGrid(durations, rows, columns) || !isGrid(distances, rows, columns)) return null;
      return { durationsS: durations, distancesM: distances };
    },
  },

  /**
   * `POST /distanceMatrix/v2:computeRouteMatrix` of the Routes API, which has succeeded the Distance Matrix API. It
   * answers a list of elements in any order, each naming its row and column.
   */
  google: {
    request({ origins, destinations, profile }) {
      const waypoints = (points: readonly Point[]) =>
        points.map(([longitude, latitude]) => ({
          waypoint: { location: { latLng: { latitude, longitude } } },
        }));
      const traffic = profile === 'driving-traffic' ? 'TRAFFIC_AWARE' : 'TRAFFIC_UNAWARE';
      const drives = profile === 'driving' || profile === 'driving-traffic';
      return {
        method: 'POST',
        origin: 'https://routes.googleapis.com',
        path: '/distanceMatrix/v2:computeRouteMatrix',
        query: [],
        headers: {
          'content-type': JSON_TYPE,
          'x-goog-fieldmask': 'originIndex,destinationIndex,status,condition,distanceMeters,duration',
        },
        body: JSON.stringify({
          origins: waypoints(origins),
          destinations: waypoints(destinations),
          travelMode: GOOGLE_MODE[profile],
          ...(drives && { routingPreference: traffic }),
        }),
      };
    },
    cells(response, rows, columns) {
      const elements = jsonBody(response);
      if (!Array.isArray(elements) || elements.length !== rows * columns) return null;
      const durationsS = emptyGrid(rows, columns);
      const distancesM = emptyGrid(rows, columns);
      for (const element of elements as GoogleElement[]) {
        // Protocol buffers leave out zeros: the first index, and the distance of a point to itself.
        const { originIndex: row = 0, destinationIndex: column = 0 } = element;
        const durations = durationsS[row];
        const distances = distancesM[row];
        if (element.condition !== 'ROUTE_EXISTS' || durations === undefined || distances === undefined)
          continue;
        durations[column] = Number.parseFloat(element.duration ?? '0s');
        distances[column] = element.distanceMeters ?? 0;
      }
      return { durationsS, distancesM };
    },
  },

  /**
   * `POST /v8/matrix?async=false`. With a profile HERE takes any two points on earth and ignores traffic; without
   * one (its flexible mode) it minds traffic.
   */
  here: {
    request({ origins, destinations, profile }) {
      const points = (list: readonly Point[]) => list.map(([lng, lat]) => ({ lat, lng }));
      return {
        method: 'POST',
        origin: 'https://matrix.router.hereapi.com',
        path: '/v8/matrix',
        query: [['async', 'false']],
        headers: { 'content-type': JSON_TYPE },
        body: JSON.stringify({
          origins: points(origins),
          destinations: points(destinations),
          regionDefinition: { type: 'world' },
          ...HERE_MODE[profile],
          matrixAttributes: ['travelTimes', 'distances'],
        }),
      };
    },
    cells(response, rows, columns) {
      const { matrix } = (jsonBody(response) ?? {}) as { matrix?: HereMatrix };
      const { travelTimes, distances, errorCodes } = matrix ?? {};
      const size = rows * columns;
      if (travelTimes?.length !== size || distances?.length !== size) return null;
      // Entry k is row i, column j by k = columns · i + j; an error code other than 0 means that there is no way.
      const gridOf = (values: number[]) =>
        emptyGrid(rows, columns).map((row, i) =>
          row.map((_, j) => {
            const k = columns * i + j;
            return (errorCodes?.[k] ?? 0) === 0 ? (values[k] ?? null) : null;
          }),
        );
      return { durationsS: gridOf(travelTimes), distancesM: gridOf(distances) };
    },
  },
};

interface GoogleElement {
  originIndex?: number;
  destinationIndex?: number;
  condition?: string;
  distanceMeters?: number;
  /** `"160s"`. */
  duration?: string;
}

interface HereMatrix {
  travelTimes?: number[];
  distances?: number[];
  errorCodes?: number[];
}

const GOOGLE_MODE: Record<MatrixProfile, string> = {
  driving: 'DRIVE',
  'driving-traffic': 'DRIVE',
  walking: 'WALK',
  cycling: 'BICYCLE',
};

const HERE_MODE: Record<MatrixProfile, object> = {
  driving: { profile: 'carFast' },
  'driving-traffic': { transportMode: 'car' },
  walking: { profile: 'pedestrian' },
  cycling: { profile: 'bicycle' },
};

function emptyGrid(rows: number, columns: number): (number | null)[][] {
  return Array.from({ length: rows }, () => new Array<number | null>(columns).fill(null));
}

function isGrid(
  grid: (number | null)[][] | undefined,
  rows: number,
  columns: number,
): grid is (number | null)[][] {
  return Array.isArray(grid) && grid.length === rows && grid.every((row) => row.length === columns);
}
