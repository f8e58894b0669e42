import { contract } from '@signalbox/contracts';
import Type, { type Static } from 'typebox';

const Point = Type.Tuple([
  Type.Number({ minimum: -180, maximum: 180 }),
  Type.Number({ minimum: -90, maximum: 90 }),
]);

const MATRIX_PROFILES = ['driving', 'driving-traffic', 'walking', 'cycling'] as const;
export type MatrixProfile = (typeof MATRIX_PROFILES)[number];

/** Points are `[longitude, latitude]`. */
const MatrixSchema = Type.Object(
  {
    origins: Type.Array(Point, { minItems: 1, maxItems: 24 }),
    destinations: Type.Array(Point, { minItems: 1, maxItems: 24 }),
    profile: Type.Optional(Type.Enum([...MATRIX_PROFILES])),
  },
  { additionalProperties: false },
);
export type Matrix = Static<typeof MatrixSchema>;
export const matrixPayload = contract(MatrixSchema);

export type Point = readonly [longitude: number, latitude: number];

/**
 * Points of one request, origins and destinations together, that the strictest of the providers takes: Mapbox's 25,
 * and 10 with traffic (Matrix API, restrictions and limits). Google's 625 elements and HERE's 15 × 100 are wider.
 */
export function mostPoints(profile: MatrixProfile): number {
  return profile === 'driving-traffic' ? 10 : 25;
}

export function pointKey([longitude, latitude]: Point): string {
  return `${longitude},${latitude}`;
}

/** The points without repeats, in the order of their first. */
export function distinctPoints(points: readonly Point[]): Point[] {
  return [...new Map(points.map((point) => [pointKey(point), point])).values()];
}

/** The rows and columns that a request asks for. */
export interface Grid {
  readonly origins: readonly Point[];
  readonly destinations: readonly Point[];
  readonly profile: MatrixProfile;
}
