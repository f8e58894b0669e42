import {
  Assembler,
  assemblerItem,
  assemblerPolicy,
  Deduplicator,
  deduplicationKey,
  defaultBatchPolicies,
  operationOf,
  Pacer,
  parsePayload,
  type Batch,
  type DeduplicationKey,
  type Gate,
  type Operation,
  type WireItem,
} from '@signalbox/batching';
import { SERVICE_NAMES, toMicroUsd, type CallPriority, type ServiceName } from '@signalbox/contracts';
import { sampleNormal, seededRandom, type Rng } from '@signalbox/statistics';
import { primaryNodeOf } from './primary-node.js';
import { SimulatedClock } from './simulated-clock.js';
import type { Arrival } from './trace.js';

/** A request that nobody had asked for: what is left of the trace without duplicates. */
export interface Unique {
  readonly id: string;
  readonly arrival: Arrival;
  readonly operation: Operation;
  readonly item: WireItem;
  /** The earliest that any of its askers may be kept waiting, from the trace's begin. */
  dueAtMs: number;
}

interface Wait {
  readonly priority: CallPriority;
  readonly service: ServiceName;
  readonly waitMs: number;
}

export interface Played {
  readonly requestsIn: number;
  readonly duplicates: number;
  readonly requestsSent: number;
  readonly billableUnits: number;
  readonly billableUnitsUnbatched: number;
  readonly sentByService: ReadonlyMap<ServiceName, number>;
  readonly sentByOperation: ReadonlyMap<string, number>;
  readonly waits: readonly Wait[];
  readonly uniques: readonly Unique[];
  /** Why batches left. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** Answers take the primary node's prior latency, spread log-normally. */
const LATENCY_SPREAD = 0.25;
const MOST_ENTRIES = 100_000;
/** Batches of one service that may be on the way at a time. */
const CONCURRENCY = 32;

interface Known {
  readonly unique: Unique;
  readonly key: DeduplicationKey | null;
  sentAtMs: number | null;
  askers: { priority: CallPriority; atMs: number }[];
}

/**
 * Plays a trace through deduplication and the assemblers of the six services by a simulated clock. Without
 * `idleFlush`, a batch always waits until it is full or due, however unlikely company is.
 */
export function play(arrivals: readonly Arrival[], seed: number, idleFlush = true): Played {
  const clock = new SimulatedClock();
  const rng = seededRandom(seed + 1);
  const deduplicator = new Deduplicator<null>(MOST_ENTRIES);
  const lines = new Map(SERVICE_NAMES.map((service) => [service, new Line(service, clock, rng, idleFlush)]));
  const known = new Map<string, Known>();
  const uniques: Unique[] = [];
  const waits: Wait[] = [];
  let duplicates = 0;
  let unbatchedUnits = 0;

  const sent = (id: string, nowMs: number): void => {
    const one = known.get(id);
    if (one === undefined) return;
    one.sentAtMs = nowMs;
    const { service } = one.unique.arrival.stream;
    for (const { priority, atMs } of one.askers) waits.push({ priority, service, waitMs: nowMs - atMs });
    one.askers = [];
  };
  const answered = (id: string): void => {
    const one = known.get(id);
    if (one?.key) deduplicator.settle(one.key.key, id, null, true);
  };
  for (const line of lines.values()) line.onSent = sent;
  for (const line of lines.values()) line.onAnswered = answered;

  for (const arrival of arrivals) {
    clock.at(arrival.atMs, () => {
      const { stream, priority, atMs } = arrival;
      const line = lines.get(stream.service) as Line;
      const operation = operationOf(stream.service, stream.operation);
      const payload = parsePayload(operation, arrival.payload);
      const item: WireItem = { id: arrival.id, payload, ...keyOf(arrival) };
      unbatchedUnits += units(operation, [item], line.nodeId);
      const key = deduplicationKey({
        tenant: 'trace',
        service: stream.service,
        operation: stream.operation,
        payload,
        effect: operation.effect(payload),
        ...keyOf(arrival),
      });
      const offered = key === null ? null : deduplicator.offer(key, arrival.id, atMs);
      if (offered?.kind === 'answered' || offered?.kind === 'shared') {
        duplicates++;
        const leader = known.get(offered.leaderId) as Known;
        if (leader.sentAtMs !== null) {
          waits.push({ priority, service: stream.service, waitMs: 0 });
          return;
        }
        leader.askers.push({ priority, atMs });
        leader.unique.dueAtMs = Math.min(leader.unique.dueAtMs, line.dueAtMs(arrival));
        line.hasten(leader.unique.id, priority);
        return;
      }
      const unique: Unique = { id: arrival.id, arrival, operation, item, dueAtMs: line.dueAtMs(arrival) };
      uniques.push(unique);
      known.set(arrival.id, { unique, key, sentAtMs: null, askers: [{ priority, atMs }] });
      line.add(unique);
    });
  }
  clock.run();

  const all = [...lines.values()];
  return {
    requestsIn: arrivals.length,
    duplicates,
    requestsSent: sum(all.map((line) => line.requestsSent)),
    billableUnits: sum(all.map((line) => line.billableUnits)),
    billableUnitsUnbatched: unbatchedUnits,
    sentByService: new Map(all.map((line) => [line.service, line.requestsSent])),
    sentByOperation: new Map(all.flatMap((line) => [...line.sentByOperation])),
    waits,
    uniques,
    reasons: all.reduce((merged, line) => {
      for (const [reason, count] of line.reasons) merged.set(reason, (merged.get(reason) ?? 0) + count);
      return merged;
    }, new Map<string, number>()),
  };
}

/** One service: its assembler, woken when it asks to be, and its primary node, which answers in time. */
class Line {
  requestsSent = 0;
  billableUnits = 0;
  readonly sentByOperation = new Map<string, number>();
  readonly reasons = new Map<string, number>();
  readonly nodeId: string;
  onSent: (id: string, nowMs: number) => void = () => {};
  onAnswered: (id: string) => void = () => {};
  readonly #assembler: Assembler;
  readonly #policy;
  readonly #items = new Map<string, Unique>();
  readonly #latencyMs: number;
  readonly #unitPriceMicroUsd: number;
  readonly #pacer: Pacer;
  #inFlight = 0;
  #wakeAtMs = Infinity;

  constructor(
    readonly service: ServiceName,
    private readonly clock: SimulatedClock,
    private readonly rng: Rng,
    idleFlush: boolean,
  ) {
    const node = primaryNodeOf(service);
    this.nodeId = node.nodeId;
    this.#latencyMs = node.priorLatencyMs;
    this.#unitPriceMicroUsd = toMicroUsd(node.costPerRequestUsd);
    const shipped = defaultBatchPolicies[service];
    const policy = assemblerPolicy(service, shipped);
    this.#policy = idleFlush ? policy : { ...policy, worthWaiting: Number.MIN_VALUE };
    const { requestsPerSecond } = shipped;
    this.#pacer = new Pacer(
      { requestsPerSecond, burst: requestsPerSecond, penaltyMs: 0 },
      { nowMs: () => clock.nowMs },
    );
    this.#assembler = new Assembler(this.#policy);
  }

  dueAtMs({ priority, atMs }: Arrival): number {
    return atMs + { CRITICAL: 0, HIGH: 0.25, MEDIUM: 0.5, LOW: 1 }[priority] * this.#policy.maxWaitMs;
  }

  add(unique: Unique): void {
    const { arrival, operation, item } = unique;
    this.#items.set(unique.id, unique);
    const terms = {
      priority: arrival.priority,
      acceptedAtMs: arrival.atMs,
      deadlineMs: null,
      unitPriceMicroUsd: this.#unitPriceMicroUsd,
    };
    const added = this.#assembler.add(assemblerItem(operation, item, terms), this.clock.nowMs);
    if (!added.accepted) throw new Error(`the assembler refused ${unique.id}: ${added.reason}`);
    this.#step();
  }

  hasten(id: string, priority: CallPriority): void {
    this.#assembler.hasten(id, priority, null, this.clock.nowMs);
    this.#step();
  }

  #step(): void {
    for (const batch of this.#assembler.due(this.clock.nowMs, this.#gate())) this.#send(batch);
    const wakeAtMs = this.#assembler.nextWakeMs(this.clock.nowMs, this.#gate());
    if (wakeAtMs === null || wakeAtMs >= this.#wakeAtMs) return;
    this.#wakeAtMs = wakeAtMs;
    this.clock.at(wakeAtMs, () => {
      this.#wakeAtMs = Infinity;
      this.#step();
    });
  }

  #gate(): Gate {
    return {
      slots: CONCURRENCY - this.#inFlight,
      laneFreeAtMs: (lane) => this.#pacer.laneFreeAtMs(lane),
      laneTaken: (lane, requests) => this.#pacer.laneTaken(lane, requests),
    };
  }

  #send(batch: Batch): void {
    this.#inFlight++;
    const { nowMs } = this.clock;
    const uniques = batch.items.map(({ id }) => this.#items.get(id) as Unique);
    const [first] = uniques;
    if (first === undefined) return;
    const calls = first.operation.encode(
      uniques.map(({ item }) => item),
      this.nodeId,
    );
    const name = `${this.service}.${first.operation.name}`;
    this.requestsSent += calls.length;
    this.billableUnits += sum(calls.map((call) => call.billableUnits));
    this.sentByOperation.set(name, (this.sentByOperation.get(name) ?? 0) + calls.length);
    this.reasons.set(batch.reason, (this.reasons.get(batch.reason) ?? 0) + 1);
    for (const { id } of uniques) this.onSent(id, nowMs);
    const latencyMs = this.#latencyMs * Math.exp(LATENCY_SPREAD * sampleNormal(this.rng));
    this.clock.at(nowMs + latencyMs, () => {
      this.#inFlight--;
      this.#assembler.settled(batch.id, 'success', latencyMs, this.clock.nowMs);
      for (const { id } of uniques) {
        this.#items.delete(id);
        this.onAnswered(id);
      }
      this.#step();
    });
  }
}

function keyOf({ idempotencyKey }: Arrival): { idempotencyKey?: string } {
  return idempotencyKey === undefined ? {} : { idempotencyKey };
}

function units(operation: Operation, items: readonly WireItem[], nodeId: string): number {
  return sum(operation.encode(items, nodeId).map((call) => call.billableUnits));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
