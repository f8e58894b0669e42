/**
 * Where the cloud regions are: the city each is named for, in degrees. Good to some tens of kilometres, which
 * is enough to order regions by distance.
 */
const REGIONS: Record<string, readonly [latitude: number, longitude: number]> = {
  'us-east-1': [38.95, -77.45],
  'us-east-2': [39.96, -83.0],
  'us-central-1': [41.26, -95.86],
  'us-west-1': [37.35, -121.96],
  'us-west-2': [45.84, -119.7],
  'ca-central-1': [45.5, -73.57],
  'sa-east-1': [-23.55, -46.63],
  'eu-west-1': [53.35, -6.26],
  'eu-west-2': [51.51, -0.13],
  'eu-west-3': [48.86, 2.35],
  'eu-central-1': [50.11, 8.68],
  'eu-north-1': [59.33, 18.07],
  'eu-south-1': [45.46, 9.19],
  'me-central-1': [25.2, 55.27],
  'af-south-1': [-33.92, 18.42],
  'ap-south-1': [19.08, 72.88],
  'ap-southeast-1': [1.35, 103.82],
  'ap-southeast-2': [-33.87, 151.21],
  'ap-northeast-1': [35.68, 139.69],
  'ap-northeast-2': [37.57, 126.98],
  'ap-east-1': [22.32, 114.17],
};

/** Served from everywhere: no distance to anybody. */
const EVERYWHERE = 'global';

const EARTH_RADIUS_KM = 6_371;
/** Half the circumference: a place nobody can locate ranks behind every place that somebody can. */
export const FARTHEST_KM = Math.round(Math.PI * EARTH_RADIUS_KM);

/**
 * Great-circle distance in km (haversine). 0 when the caller did not say where it is or is nowhere known, since
 * then distance says nothing about any node, and for a `global` node; a node of an unknown region is farthest.
 */
export function distanceKm(callerRegion: string | null, nodeRegion: string): number {
  if (callerRegion === null || callerRegion === nodeRegion || nodeRegion === EVERYWHERE) return 0;
  const fromCaller = DISTANCES.get(callerRegion);
  if (fromCaller === undefined) return 0;
  return fromCaller.get(nodeRegion) ?? FARTHEST_KM;
}

/** Every pair, computed once: decisions only look up. */
const DISTANCES = new Map(
  Object.entries(REGIONS).map(([from, here]) => [
    from,
    new Map(Object.entries(REGIONS).map(([to, there]) => [to, greatCircleKm(here, there)])),
  ]),
);

function greatCircleKm(from: readonly [number, number], to: readonly [number, number]): number {
  const [latitude, longitude] = from.map(radians) as [number, number];
  const [otherLatitude, otherLongitude] = to.map(radians) as [number, number];
  const haversine =
    Math.sin((otherLatitude - latitude) / 2) ** 2 +
    Math.cos(latitude) * Math.cos(otherLatitude) * Math.sin((otherLongitude - longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(haversine));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
