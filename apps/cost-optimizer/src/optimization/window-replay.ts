import {
  Assembler,
  assemblerItem,
  assemblerPolicy,
  operationOf,
  parsePayload,
  type Batch,
  type Operation,
  type WireItem,
} from '@signalbox/batching';
import type { BatchPolicy, CallPriority, MicroUsd, ServiceName } from '@signalbox/contracts';
import type { Block } from '@signalbox/routing/replay';

/** A batch request as it arrived. */
export interface RecordedArrival {
  readonly requestId: string;
  readonly operation: string;
  readonly payload: Record<string, unknown>;
  readonly priority: CallPriority;
  readonly deadlineMs: number | null;
  readonly acceptedAtMs: number;
}

export interface WindowTerms {
  readonly service: ServiceName;
  readonly policy: BatchPolicy;
  /** The node whose provider the requests are encoded for, and what one billable unit costs there. */
  readonly nodeId: string;
  readonly unitPriceMicroUsd: MicroUsd;
  /** What a call takes, ms: frees the batch's place. */
  readonly latencyMs: number;
}

export interface ReplayedWindow {
  readonly requests: number;
  readonly requestsSent: number;
  readonly billableUnits: number;
  readonly costMicroUsd: MicroUsd;
  readonly waitMsMean: number;
  /** Greatest wait that a CRITICAL or HIGH request had, ms. */
  readonly urgentWaitMsMax: number;
  /** Cost by stretch of `blockMs` from the first arrival. */
  readonly costs: ReadonlyMap<number, number>;
}

/** Requests between two places where others may have their turn. */
const REQUESTS_PER_SLICE = 100;

/**
 * The arrivals through the assembler itself under a policy, in their own time: what would have been sent, what the
 * provider would have billed, and how long requests would have waited. Duplicates are left out by the caller: they
 * send nothing under any policy. `arrivals`: in order.
 */
export function* replayWindow(
  arrivals: readonly RecordedArrival[],
  terms: WindowTerms,
  blockMs: number,
): Generator<undefined, ReplayedWindow> {
  const run = new WindowRun(terms, arrivals[0]?.acceptedAtMs ?? 0, blockMs);
  for (const [index, arrival] of arrivals.entries()) {
    run.arrive(arrival);
    if (index % REQUESTS_PER_SLICE === REQUESTS_PER_SLICE - 1) yield;
  }
  return run.finish(arrivals.length);
}

/** As blocks of paired sums: cost before, cost after. */
export function pairedBlocks(before: ReplayedWindow, after: ReplayedWindow): Block[] {
  const places = [...new Set([...before.costs.keys(), ...after.costs.keys()])].sort((a, b) => a - b);
  return places.map((place) => [before.costs.get(place) ?? 0, after.costs.get(place) ?? 0]);
}

class WindowRun {
  readonly #assembler: Assembler;
  readonly #items = new Map<string, { wire: WireItem; operation: Operation; arrival: RecordedArrival }>();
  readonly #settling: { atMs: number; batchId: string }[] = [];
  readonly #costs = new Map<number, number>();
  #nowMs: number;
  #requestsSent = 0;
  #billableUnits = 0;
  #waitMs = 0;
  #urgentWaitMs = 0;

  constructor(
    private readonly terms: WindowTerms,
    private readonly startsAtMs: number,
    private readonly blockMs: number,
  ) {
    this.#assembler = new Assembler(assemblerPolicy(terms.service, terms.policy));
    this.#nowMs = startsAtMs;
  }

  arrive(arrival: RecordedArrival): void {
    const { service, unitPriceMicroUsd } = this.terms;
    this.#advance(arrival.acceptedAtMs);
    const operation = operationOf(service, arrival.operation);
    const wire: WireItem = { id: arrival.requestId, payload: parsePayload(operation, arrival.payload) };
    this.#items.set(wire.id, { wire, operation, arrival });
    const { priority, acceptedAtMs, deadlineMs } = arrival;
    const item = assemblerItem(operation, wire, { priority, acceptedAtMs, deadlineMs, unitPriceMicroUsd });
    this.#assembler.add(item, acceptedAtMs);
    this.#send(acceptedAtMs);
  }

  finish(requests: number): ReplayedWindow {
    this.#advance(Infinity);
    const units = this.#billableUnits;
    return {
      requests,
      requestsSent: this.#requestsSent,
      billableUnits: units,
      costMicroUsd: Math.round(units * this.terms.unitPriceMicroUsd),
      waitMsMean: requests === 0 ? 0 : this.#waitMs / requests,
      urgentWaitMsMax: this.#urgentWaitMs,
      costs: this.#costs,
    };
  }

  /** Lets time pass, with every batch that leaves and every call that returns meanwhile. */
  #advance(toMs: number): void {
    for (;;) {
      const wakesAtMs = this.#assembler.nextWakeMs(this.#nowMs) ?? Infinity;
      const settles = this.#settling[0];
      const atMs = Math.max(this.#nowMs, Math.min(wakesAtMs, settles?.atMs ?? Infinity));
      if (atMs > toMs || atMs === Infinity) break;
      this.#nowMs = atMs;
      if (settles !== undefined && settles.atMs <= atMs) {
        this.#settling.shift();
        this.#assembler.settled(settles.batchId, 'success', this.terms.latencyMs, atMs);
      }
      this.#send(atMs);
    }
    if (toMs !== Infinity) this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  #send(nowMs: number): void {
    for (const batch of this.#assembler.due(nowMs)) {
      this.#settling.push({ atMs: nowMs + this.terms.latencyMs, batchId: batch.id });
      this.#count(batch, nowMs);
    }
  }

  #count(batch: Batch, nowMs: number): void {
    const held = batch.items.map(({ id }) => this.#items.get(id)!);
    const [first] = held;
    if (first === undefined) return;
    for (const { wire, arrival } of held) {
      const waitMs = nowMs - arrival.acceptedAtMs;
      this.#waitMs += waitMs;
      const isUrgent = arrival.priority === 'CRITICAL' || arrival.priority === 'HIGH';
      if (isUrgent) this.#urgentWaitMs = Math.max(this.#urgentWaitMs, waitMs);
      this.#items.delete(wire.id);
    }
    const calls = first.operation.encode(
      held.map(({ wire }) => wire),
      this.terms.nodeId,
    );
    const units = calls.reduce((sum, { billableUnits }) => sum + billableUnits, 0);
    this.#requestsSent += calls.length;
    this.#billableUnits += units;
    const place = Math.floor((nowMs - this.startsAtMs) / this.blockMs);
    this.#costs.set(place, (this.#costs.get(place) ?? 0) + units * this.terms.unitPriceMicroUsd);
  }
}
