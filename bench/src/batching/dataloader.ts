import { canonicalJson, operationOf, parsePayload, type Operation, type WireItem } from '@signalbox/batching';
import DataLoader from 'dataloader';
import { primaryNodeOf } from './primary-node.js';
import { quantile } from './quantile.js';
import { SimulatedClock } from './simulated-clock.js';
import type { Arrival } from './trace.js';

export interface DataLoaderFigures {
  /** How long its batches stay open, ms. */
  readonly windowMs: number;
  readonly requestsSent: number;
  /** It has no priorities: who is critical waits like everybody. */
  readonly criticalAddedWaitMsP99: number;
}

const CACHE_MS = 60_000;
const MOST_KEYS: Readonly<Record<string, number>> = { geocode: 25, matrix: 25, vehicle_stats: 200 };

/** What DataLoader can merge: reads by key. Of writes, weights, bounds by cost and priorities it knows nothing. */
export function isLoadable({ stream }: Arrival): boolean {
  return stream.operation in MOST_KEYS;
}

/**
 * The trace's mergeable reads through DataLoader: a loader for each merge key, its cache kept for the minute that
 * duplicates are, its batches open for `windowMs` by the simulated clock (as its documentation does with
 * `setTimeout`; by default a batch lasts one turn of the event loop and would merge next to nothing here).
 */
export function dataLoaderFigures(arrivals: readonly Arrival[], windowMs: number): DataLoaderFigures {
  const clock = new SimulatedClock();
  const loaders = new Map<string, TracedLoader>();
  const criticalWaitsMs: number[] = [];
  for (const arrival of arrivals.filter(isLoadable)) {
    const { service, operation: name } = arrival.stream;
    const operation = operationOf(service, name);
    const payload = parsePayload(operation, arrival.payload);
    const key = `${name} ${operation.mergeKeys(payload)[0]}`;
    clock.at(arrival.atMs, () => {
      let loader = loaders.get(key);
      if (loader === undefined) {
        loader = new TracedLoader(operation, primaryNodeOf(service).nodeId, clock, windowMs);
        loaders.set(key, loader);
      }
      const waitMs = loader.load({ id: arrival.id, payload });
      if (arrival.priority === 'CRITICAL') criticalWaitsMs.push(waitMs);
    });
  }
  clock.run();
  return {
    windowMs,
    requestsSent: [...loaders.values()].reduce((sum, loader) => sum + loader.requestsSent, 0),
    criticalAddedWaitMsP99: quantile(criticalWaitsMs, 0.99),
  };
}

class TracedLoader {
  requestsSent = 0;
  #dispatchesAtMs = 0;
  readonly #loader: DataLoader<WireItem, null, string>;

  constructor(
    operation: Operation,
    nodeId: string,
    private readonly clock: SimulatedClock,
    windowMs: number,
  ) {
    this.#loader = new DataLoader<WireItem, null, string>(
      (items) => {
        this.requestsSent += operation.encode(items, nodeId).length;
        return Promise.resolve(items.map(() => null));
      },
      {
        cacheKeyFn: ({ payload }) => canonicalJson(payload),
        cacheMap: expiringMap(clock),
        maxBatchSize: MOST_KEYS[operation.name] ?? 1,
        batchScheduleFn: (dispatch) => {
          this.#dispatchesAtMs = clock.nowMs + windowMs;
          clock.at(this.#dispatchesAtMs, dispatch);
        },
      },
    );
  }

  /** How long the load will wait; it has even what it knows wait for the batch that is open. */
  load(item: WireItem): number {
    void this.#loader.load(item);
    return this.#dispatchesAtMs - this.clock.nowMs;
  }
}

function expiringMap(clock: SimulatedClock) {
  const entries = new Map<string, { value: Promise<null>; untilMs: number }>();
  return {
    get: (key: string) => {
      const found = entries.get(key);
      return found !== undefined && found.untilMs > clock.nowMs ? found.value : undefined;
    },
    set: (key: string, value: Promise<null>) =>
      void entries.set(key, { value, untilMs: clock.nowMs + CACHE_MS }),
    delete: (key: string) => entries.delete(key),
    clear: () => entries.clear(),
  };
}
