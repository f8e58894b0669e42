import { shortDigest } from '../../wire/digest.js';
import { refuse, type Operation, type WireItem } from '../../wire/operation.js';
import { sharedCall } from '../lone.js';
import {
  distinctPoints,
  matrixPayload,
  mostPoints,
  pointKey,
  type Grid,
  type Matrix,
  type Point,
} from './matrix-payload.js';
import { MATRIX_PROVIDERS, type Cells } from './matrix-providers.js';
import { providerOfPath, requireMapsProvider, type MapsProvider } from './provider.js';

export interface MatrixResult extends Cells {
  readonly provider: MapsProvider;
}

type Side = 'origins' | 'destinations';

/**
 * Matrices of the same origins become one with all their destinations, and likewise the other way round: each cell
 * of the merged matrix was asked for by somebody. Providers bill by the cell, so others never merge: a matrix over
 * both requests' points would be paid for cells that nobody wants.
 */
export const matrix: Operation<Matrix> = {
  service: 'maps',
  name: 'matrix',
  payload: matrixPayload,
  merges: true,
  check(payload) {
    const { origins, destinations, profile } = gridOf(payload);
    const most = mostPoints(profile);
    if (origins.length + destinations.length > most) {
      refuse('payload.destinations', `with the origins may be at most ${most} points for ${profile}`);
    }
  },
  effect: () => 'read',
  repeatable: () => true,
  /** By the side with fewer points first: that is the depot, which others share. */
  mergeKeys(payload) {
    const [preferred, other] = sidesOf(gridOf(payload));
    return [sideKey(payload, preferred), sideKey(payload, other)];
  },
  measure(payload) {
    const grid = gridOf(payload);
    const [shared, varied] = sidesOf(grid);
    return {
      units: grid[varied].length,
      mostUnits: mostPoints(grid.profile) - grid[shared].length,
      bytes: 40 * grid[varied].length,
      sharedBytes: 40 * grid[shared].length,
      addedBillableUnits: grid.origins.length * grid.destinations.length,
      conflicts: [],
    };
  },
  lane: () => 'maps',
  encode(items, nodeId) {
    const provider = MATRIX_PROVIDERS[requireMapsProvider(nodeId)];
    return packed(items).map((group) => {
      const merged = mergedGrid(group);
      return sharedCall(provider.request(merged), group, merged.origins.length * merged.destinations.length);
    });
  },
  split(call, [response], items) {
    const parts = new Map<string, MatrixResult>();
    if (response === undefined) return parts;
    const provider = providerOfPath(call.request.path);
    const { origins, destinations } = mergedGrid(items);
    const cells = MATRIX_PROVIDERS[provider].cells(response, origins.length, destinations.length);
    if (cells === null) return parts;
    const rowOf = indexOf(origins);
    const columnOf = indexOf(destinations);
    for (const { id, payload } of items) {
      // The item's own points, repeats and order included.
      const pick = (grid: Cells['durationsS']) =>
        payload.origins.map((origin) =>
          payload.destinations.map((destination) => grid[rowOf(origin)]?.[columnOf(destination)] ?? null),
        );
      parts.set(id, { provider, durationsS: pick(cells.durationsS), distancesM: pick(cells.distancesM) });
    }
    return parts;
  },
};

function gridOf({ origins, destinations, profile = 'driving' }: Matrix): Grid {
  return { origins: distinctPoints(origins), destinations: distinctPoints(destinations), profile };
}

/** Which side is shared by preference, and which then varies. */
function sidesOf({ origins, destinations }: Grid): [shared: Side, varied: Side] {
  return origins.length <= destinations.length ? ['origins', 'destinations'] : ['destinations', 'origins'];
}

/** The side's points as a set: their order is the item's own affair. */
function sideKey(payload: Matrix, side: Side): string {
  const { profile = 'driving' } = payload;
  return `${profile}:${side}:${shortDigest([...new Set(payload[side].map(pointKey))].sort().join(';'))}`;
}

function mergedGrid(items: readonly WireItem<Matrix>[]): Grid {
  const grids = items.map(({ payload }) => gridOf(payload));
  return {
    origins: distinctPoints(grids.flatMap(({ origins }) => origins)),
    destinations: distinctPoints(grids.flatMap(({ destinations }) => destinations)),
    profile: grids[0]?.profile ?? 'driving',
  };
}

/** The items in as few requests as their order allows, each within the provider's bound on points. */
function packed(items: readonly WireItem<Matrix>[]): WireItem<Matrix>[][] {
  const groups: WireItem<Matrix>[][] = [];
  for (const item of items) {
    const last = groups.at(-1);
    const merged = last === undefined ? null : mergedGrid([...last, item]);
    const fits =
      merged !== null && merged.origins.length + merged.destinations.length <= mostPoints(merged.profile);
    if (fits) last?.push(item);
    else groups.push([item]);
  }
  return groups;
}

function indexOf(points: readonly Point[]): (point: Point) => number {
  const indices = new Map(points.map((point, index) => [pointKey(point), index]));
  return (point) => indices.get(pointKey(point)) ?? -1;
}
