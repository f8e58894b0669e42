import {
  Assembler,
  assemblerItem,
  assemblerPolicy,
  Deduplicator,
  deduplicationKey,
  defaultBatchPolicies,
  operationOf,
  RetryBudget,
  type Batch,
  type Operation,
  type WireCall,
  type WireItem,
} from '@signalbox/batching';
import { defaultCatalog } from '@signalbox/catalog';
import {
  SERVICE_NAMES,
  isBilled,
  toMicroUsd,
  type MicroUsd,
  type NodeConfig,
  type ServiceConfig,
  type ServiceName,
} from '@signalbox/contracts';
import { RoutingEngine } from '@signalbox/routing';
import { seededRandom } from '@signalbox/statistics';
import { SimulatedClock } from '../batching/simulated-clock.js';
import { SPAN_MS, Providers, type Answer } from './providers.js';
import type { Asked } from './traffic.js';

/** What a lane does with requests beyond sending each to the primary node. */
export interface LaneOptions {
  readonly deduplicates: boolean;
  readonly batches: boolean;
  readonly routes: boolean;
}

export interface ServiceFigures {
  requests: number;
  succeeded: number;
  callsSent: number;
  costMicroUsd: MicroUsd;
}

/** As many as the client makes. */
const MOST_ATTEMPTS = 3;
const MOST_ENTRIES = 100_000;
const TICK_MS = 100;
/** The simulated world begins at a whole second of some day: ids carry it. */
const EPOCH_MS = Date.UTC(2026, 0, 15, 12);

/** Plays the trace through one lane. Every lane has the same retries: three attempts in a budget of a fifth. */
export function playLane(
  asked: readonly Asked[],
  options: LaneOptions,
  seed: number,
): Record<ServiceName, ServiceFigures> {
  const clock = new SimulatedClock();
  const lane = new Lane(clock, options, seed);
  for (const one of asked) clock.at(one.atMs, () => lane.ask(one));
  if (options.routes) {
    for (let atMs = TICK_MS; atMs <= SPAN_MS; atMs += TICK_MS) clock.at(atMs, () => lane.tick());
  }
  clock.run();
  return lane.figures;
}

interface Held {
  readonly asked: Asked;
  readonly operation: Operation;
  readonly item: WireItem;
  readonly key: string | null;
}

class Lane {
  readonly figures = Object.fromEntries(
    SERVICE_NAMES.map((service) => [service, { requests: 0, succeeded: 0, callsSent: 0, costMicroUsd: 0 }]),
  ) as Record<ServiceName, ServiceFigures>;
  private readonly engine: RoutingEngine;
  private readonly providers: Providers;
  private readonly deduplicator = new Deduplicator<boolean>(MOST_ENTRIES);
  private readonly budgets = new Map<ServiceName, RetryBudget>();
  private readonly assemblers = new Map<ServiceName, Assembler>();
  private readonly held = new Map<string, Held>();
  private calls = 0;

  constructor(
    private readonly clock: SimulatedClock,
    private readonly options: LaneOptions,
    seed: number,
  ) {
    this.providers = new Providers(seed);
    this.engine = new RoutingEngine({
      clock: { nowMs: () => EPOCH_MS + clock.nowMs },
      rng: seededRandom(seed),
      replicaId: 'bench',
      listener: { circuitChanged: () => undefined, probeEnded: () => undefined },
    });
    for (const config of defaultCatalog) {
      const { serviceName } = config;
      this.engine.configure(config);
      this.budgets.set(serviceName, new RetryBudget());
      const policy = assemblerPolicy(serviceName, defaultBatchPolicies[serviceName]);
      this.assemblers.set(serviceName, new Assembler(policy));
    }
  }

  ask(asked: Asked): void {
    const { service, operation: name } = asked.caller;
    const operation = operationOf(service, name);
    const idempotency = asked.idempotencyKey === null ? {} : { idempotencyKey: asked.idempotencyKey };
    const item: WireItem = { id: asked.id, payload: asked.payload, ...idempotency };
    this.figures[service].requests++;
    const key = this.options.deduplicates
      ? deduplicationKey({
          ...{ tenant: 'demo', service, operation: name, payload: asked.payload },
          ...{ effect: operation.effect(asked.payload), ...idempotency },
        })
      : null;
    if (key !== null) {
      const offered = this.deduplicator.offer(key, asked.id, this.clock.nowMs);
      if (offered.kind === 'answered') {
        this.figures[service].succeeded++;
        return;
      }
      // Whoever shares is counted when the first has its answer.
      if (offered.kind === 'shared') return;
    }
    const held: Held = { asked, operation, item, key: key?.key ?? null };
    if (this.options.batches) this.batch(held);
    else this.send([held], 1, new Set());
  }

  tick(): void {
    this.engine.tick();
    for (const { serviceName, nodeId } of this.engine.probesWanted()) {
      this.engine.grantProbe(
        serviceName,
        nodeId,
        `lease_${this.clock.nowMs}_${nodeId}`,
        EPOCH_MS + this.clock.nowMs + 10_000,
      );
    }
  }

  private batch(held: Held): void {
    const { service, priority } = held.asked.caller;
    const { nowMs } = this.clock;
    this.held.set(held.item.id, held);
    const unitPriceMicroUsd = toMicroUsd(primaryOf(service).costPerRequestUsd);
    const terms = { priority, acceptedAtMs: nowMs, deadlineMs: null, unitPriceMicroUsd };
    this.assemblers.get(service)!.add(assemblerItem(held.operation, held.item, terms), nowMs);
    this.leave(service);
  }

  private leave(service: ServiceName): void {
    const assembler = this.assemblers.get(service)!;
    for (const batch of assembler.due(this.clock.nowMs)) this.sendBatch(service, batch);
    const wakeAtMs = assembler.nextWakeMs(this.clock.nowMs);
    if (wakeAtMs !== null)
      this.clock.at(Math.max(wakeAtMs, this.clock.nowMs), () => this.leaveIfDue(service));
  }

  /** Wakes are asked for more often than they are needed: one that finds nothing asks for no other. */
  private leaveIfDue(service: ServiceName): void {
    const batches = this.assemblers.get(service)!.due(this.clock.nowMs);
    for (const batch of batches) this.sendBatch(service, batch);
    if (batches.length > 0) this.leave(service);
  }

  private sendBatch(service: ServiceName, batch: Batch): void {
    const members = batch.items.map(({ id }) => this.held.get(id)!);
    for (const { id } of batch.items) this.held.delete(id);
    this.send(members, 1, new Set(), (outcome, latencyMs) => {
      this.assemblers.get(service)!.settled(batch.id, outcome, latencyMs, this.clock.nowMs);
      this.leave(service);
    });
  }

  /** One attempt for all of them, and the next for those whose call failed, on another node where there is one. */
  private send(
    members: readonly Held[],
    attempt: number,
    tried: ReadonlySet<string>,
    onFirstAnswer?: (outcome: Answer['outcome'], latencyMs: number) => void,
  ): void {
    const [first] = members;
    if (first === undefined) return;
    const { service, patienceMs } = first.asked.caller;
    const { node, coordinationId } = this.nodeFor(first, tried);
    if (attempt === 1) this.budgets.get(service)!.deposit(this.clock.nowMs);
    const calls = first.operation.encode(
      members.map(({ item }) => item),
      node.nodeId,
    );
    let told = onFirstAnswer;
    for (const [index, call] of calls.entries()) {
      const answer = this.providers.answer(
        node,
        `${call.itemIds[0]} ${attempt}`,
        this.clock.nowMs,
        patienceMs,
      );
      this.account(service, node, call, answer);
      const own = members.filter(({ item }) => call.itemIds.includes(item.id));
      this.clock.at(this.clock.nowMs + answer.latencyMs, () => {
        if (this.options.routes && index === 0) this.report(service, node, coordinationId, answer);
        told?.(answer.outcome, answer.latencyMs);
        told = undefined;
        this.settle(own, node, answer, attempt, tried);
      });
    }
  }

  private settle(
    members: readonly Held[],
    node: NodeConfig,
    { outcome }: Answer,
    attempt: number,
    tried: ReadonlySet<string>,
  ): void {
    const [first] = members;
    if (first === undefined) return;
    const { service } = first.asked.caller;
    const isRepeatable =
      outcome === 'connection_error' ||
      outcome === 'rate_limited' ||
      members.every(({ operation, item }) => operation.repeatable(item));
    if (
      outcome !== 'success' &&
      isRepeatable &&
      attempt < MOST_ATTEMPTS &&
      this.budgets.get(service)!.withdraw(this.clock.nowMs)
    ) {
      this.send(members, attempt + 1, new Set([...tried, node.nodeId]));
      return;
    }
    const succeeded = outcome === 'success';
    for (const { item, key } of members) {
      if (succeeded) this.figures[service].succeeded++;
      if (key === null) continue;
      const waiters = this.deduplicator.settle(key, item.id, succeeded, succeeded);
      if (succeeded) this.figures[service].succeeded += waiters.length;
    }
  }

  /** By the engine under the shipped catalog, or the primary. */
  private nodeFor({ asked }: Held, tried: ReadonlySet<string>): { node: NodeConfig; coordinationId: string } {
    const { service, priority } = asked.caller;
    const primary = primaryOf(service);
    const second = Math.floor((EPOCH_MS + this.clock.nowMs) / 1_000);
    const coordinationId = `bench_${second}_${(this.calls++).toString(36).padStart(8, '0')}`;
    if (!this.options.routes) return { node: primary, coordinationId };
    const result = this.engine.decide({
      ...{ serviceName: service, coordinationId, priority, region: null, costLimitMicroUsd: null },
      ...{ remainingBudgetMicroUsd: null, targetLatencyMs: null, valueMicroUsd: null },
    });
    if (result.kind === 'refused') return { node: primary, coordinationId };
    const order = [result.chosen, ...result.alternatives].map(({ node }) => node.nodeId);
    const nodeId = order.find((id) => !tried.has(id)) ?? order[0]!;
    return { node: configOf(service).nodes.find((one) => one.nodeId === nodeId)!, coordinationId };
  }

  private account(service: ServiceName, node: NodeConfig, call: WireCall, answer: Answer): void {
    const figures = this.figures[service];
    figures.callsSent++;
    if (isBilled(answer.outcome, answer.statusCode)) {
      figures.costMicroUsd += call.billableUnits * toMicroUsd(node.costPerRequestUsd);
    }
  }

  private report(serviceName: ServiceName, node: NodeConfig, coordinationId: string, answer: Answer): void {
    const { outcome, latencyMs, retryAfterSeconds } = answer;
    this.engine.recordOutcome({
      ...{ serviceName, nodeId: node.nodeId, coordinationId, outcome, latencyMs },
      ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    });
  }
}

function configOf(service: ServiceName): ServiceConfig {
  return defaultCatalog.find(({ serviceName }) => serviceName === service)!;
}

function primaryOf(service: ServiceName): NodeConfig {
  return configOf(service).nodes.find(({ role }) => role === 'primary')!;
}
