import { operationOf } from '@signalbox/batching';
import { CALL_PRIORITIES, SERVICE_NAMES, type CallPriority, type ServiceName } from '@signalbox/contracts';
import { dataLoaderFigures, isLoadable, type DataLoaderFigures } from './dataloader.js';
import { fewestRequests } from './optimum.js';
import { quantile } from './quantile.js';
import { play, type Played } from './simulate.js';
import { arrivalTrace } from './trace.js';

export type AddedWaitMs = Readonly<Record<CallPriority, { p50: number; p99: number }>>;

export interface TraceFigures {
  readonly seed: number;
  readonly requestsIn: number;
  readonly duplicates: number;
  readonly requestsSent: number;
  /** A lower bound on what any scheduler with the same deadlines and sizes would send. */
  readonly optimum: number;
  /** Share of the requests in that was not sent. */
  readonly reduction: number;
  /** Optimum ÷ sent. */
  readonly ofOptimum: number;
  /** The same over the operations that merge at all: the others are at their optimum whatever one does. */
  readonly ofOptimumMergeable: number;
  /** Requests saved ÷ requests that the optimum saves. */
  readonly savingsOfOptimum: number;
  /** Were batches always to wait until they are full or due: what the early leave of lonely ones costs. */
  readonly withoutIdleFlush: { requestsSent: number; ofOptimum: number; addedWaitMs: AddedWaitMs };
  readonly billableUnits: number;
  readonly billableUnitsUnbatched: number;
  readonly addedWaitMs: AddedWaitMs;
  readonly byService: Readonly<
    Record<ServiceName, { requestsIn: number; requestsSent: number; optimum: number }>
  >;
  readonly loadable: { requestsIn: number; requestsSent: number; dataLoader: readonly DataLoaderFigures[] };
}

/** The window of DataLoader's documentation, and one as long as the longest that the assembler may wait for maps. */
const LOADER_WINDOWS_MS = [100, 1_500];

export function traceFigures(seed: number, durationMs: number): TraceFigures {
  const arrivals = arrivalTrace(seed, durationMs);
  const played = play(arrivals, seed);
  const patient = play(arrivals, seed, false);
  const { total: optimum, byOperation } = fewestRequests(played.uniques);
  const { requestsIn, requestsSent } = played;
  const loadable = arrivals.filter(isLoadable);
  const names = new Set(loadable.map(({ stream }) => `${stream.service}.${stream.operation}`));
  return {
    seed,
    requestsIn,
    duplicates: played.duplicates,
    requestsSent,
    optimum,
    reduction: 1 - requestsSent / requestsIn,
    ofOptimum: optimum / requestsSent,
    ofOptimumMergeable: mergeable(byOperation) / mergeable(played.sentByOperation),
    savingsOfOptimum: (requestsIn - requestsSent) / (requestsIn - optimum),
    withoutIdleFlush: {
      requestsSent: patient.requestsSent,
      ofOptimum: optimum / patient.requestsSent,
      addedWaitMs: byPriority(patient),
    },
    billableUnits: played.billableUnits,
    billableUnitsUnbatched: played.billableUnitsUnbatched,
    addedWaitMs: byPriority(played),
    byService: byName(SERVICE_NAMES, (service) => ({
      requestsIn: arrivals.filter(({ stream }) => stream.service === service).length,
      requestsSent: played.sentByService.get(service) ?? 0,
      optimum: sumOf([...byOperation].filter(([name]) => name.startsWith(`${service}.`)).map(([, n]) => n)),
    })),
    loadable: {
      requestsIn: loadable.length,
      requestsSent: sumOf([...names].map((name) => played.sentByOperation.get(name) ?? 0)),
      dataLoader: LOADER_WINDOWS_MS.map((windowMs) => dataLoaderFigures(arrivals, windowMs)),
    },
  };
}

/** The count over operations of which several make one request. */
function mergeable(counts: ReadonlyMap<string, number>): number {
  const merging = [...counts].filter(([name]) => {
    const [service, operation] = name.split('.') as [ServiceName, string];
    return operationOf(service, operation).merges;
  });
  return sumOf(merging.map(([, count]) => count));
}

function byPriority({ waits }: Played): AddedWaitMs {
  return byName(CALL_PRIORITIES, (priority) => {
    const own = waits.filter((wait) => wait.priority === priority).map(({ waitMs }) => waitMs);
    return { p50: quantile(own, 0.5), p99: quantile(own, 0.99) };
  });
}

function byName<Name extends string, Value>(names: readonly Name[], of: (name: Name) => Value) {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, Value>;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
