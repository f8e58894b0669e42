import { CALL_PRIORITIES, type CallPriority, type OutcomeKind } from '@signalbox/contracts';
import { ArrivalForecast } from './arrival-forecast.js';
import { BatchSize } from './batch-size.js';
import { moreUrgent, type Batch, type BatchBounds, type LeaveReason, type Waiting } from './batch.js';
import { Group } from './group.js';
import { Heap } from './heap.js';
import { dueAtMs, type AssemblerItem } from './item.js';

export interface AssemblerPolicy {
  readonly maxItems: number;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxCostMicroUsd: number;
  /** Above it at p95, batches become smaller. */
  readonly targetLatencyMs: number;
  /** Items held at most; each priority below CRITICAL is refused a little earlier than the one above. */
  readonly maxWaiting: number;
}

export type Added =
  { readonly accepted: true } | { readonly accepted: false; readonly reason: 'full' | 'known_already' };

/** What stands between a batch that is ready and the wire; by default nothing. */
export interface Gate {
  /** Batches that may leave now. Counts down as they do. */
  slots: number;
  /** Epoch ms from which the lane's next request may go; `nowMs` or before: at once. */
  laneFreeAtMs(lane: string): number;
  /** Told of each batch that leaves by the lane, and how many requests it will be at least. */
  laneTaken?(lane: string, requests: number): void;
}

/** The share of `maxWaiting` at which a priority is refused: room is left for what matters more. */
const ROOM: Record<CallPriority, number> = { CRITICAL: 1, HIGH: 0.95, MEDIUM: 0.9, LOW: 0.8 };
/** Overdue by this many longest waits, an item has aged: see `due`. */
const AGED_AFTER_WAITS = 4;
/** Batches on the way that are remembered; a caller that never settles must not fill memory. */
const MOST_IN_FLIGHT = 100_000;

/**
 * Gathers the items of one service into batches. A state machine without a clock or a timer: the caller tells the
 * time, asks what is `due`, and comes back at `nextWakeMs`. The same calls give the same batches.
 *
 * A batch leaves on the first of: full (items, bytes, cost), its most urgent item due, or nothing to gain by
 * waiting: none of its kind is on the way and fewer than 0.3 more are expected before it is due. Then everything of
 * its merge key that fits goes with it, most urgent first.
 *
 * Where the gate holds batches back, critical ones go first, always. The others go by when they were due, so that
 * an old low item is before a new high one; and one that has aged goes by a place of its own, beyond the slots, one
 * at a time: neither can critical traffic starve it nor does it take a place from a critical item.
 */
export class Assembler {
  readonly #groups = new Map<string, Group>();
  readonly #waiting = new Map<string, { one: Waiting; group: Group }>();
  readonly #onTheWay = new Map<string, { group: Group; aged: boolean }>();
  readonly #forecast: ArrivalForecast;
  readonly #size: BatchSize;
  /** Groups that may leave, as of the last look. */
  readonly #ready = new Map<Group, LeaveReason>();
  readonly #wakes = new Heap<{ atMs: number; group: Group; version: number }>((a, b) => a.atMs < b.atMs);
  #sequence = 0;
  #aged = 0;

  constructor(private policy: AssemblerPolicy) {
    this.#forecast = new ArrivalForecast(() => this.policy.maxWaitMs);
    this.#size = new BatchSize(policy);
  }

  add(item: AssemblerItem, nowMs: number): Added {
    if (this.#waiting.has(item.id)) return { accepted: false, reason: 'known_already' };
    if (this.#waiting.size >= this.policy.maxWaiting * ROOM[item.priority]) {
      return { accepted: false, reason: 'full' };
    }
    const group = this.#groupFor(item);
    this.#forecast.observe(item.family, group.key, nowMs);
    this.#place(item, group, this.#sequence++, nowMs);
    return { accepted: true };
  }

  /** Batches that leave now. With a gate, at most its slots and as its lanes are free. */
  due(nowMs: number, gate?: Gate): Batch[] {
    this.#wake(nowMs);
    const candidates = new Heap<Group>((a, b) => moreUrgent(a.head as Waiting, b.head as Waiting));
    for (const group of this.#ready.keys()) candidates.push(group);
    const batches: Batch[] = [];
    for (let group = candidates.pop(); group !== undefined; group = candidates.pop()) {
      const aged = this.#mayUseAgedPlace(group, gate, nowMs);
      if (gate !== undefined) {
        if (gate.laneFreeAtMs(group.lane) > nowMs || (gate.slots <= 0 && !aged)) continue;
        if (gate.slots > 0) gate.slots--;
      }
      const batch = this.#send(group, aged);
      gate?.laneTaken?.(group.lane, group.merges ? 1 : batch.items.length);
      batches.push(batch);
      this.#schedule(group, nowMs);
      if (this.#ready.has(group)) candidates.push(group);
    }
    return batches;
  }

  /** Epoch ms at which `due` may have something, if nothing is added or settled before; null: only then. */
  nextWakeMs(nowMs: number, gate?: Gate): number | null {
    this.#wake(nowMs);
    let atMs = this.#wakes.peek()?.atMs ?? Infinity;
    for (const group of this.#ready.keys()) {
      const freeAtMs = gate === undefined ? nowMs : Math.max(nowMs, gate.laneFreeAtMs(group.lane));
      if (gate === undefined || gate.slots > 0) atMs = Math.min(atMs, freeAtMs);
      else if (this.#aged === 0) atMs = Math.min(atMs, Math.max(freeAtMs, this.#agedAtMs(group)));
    }
    return atMs === Infinity ? null : atMs;
  }

  /** What became of a batch that left: frees its place and teaches the size. */
  settled(batchId: string, outcome: OutcomeKind, latencyMs: number, nowMs: number): void {
    const known = this.#onTheWay.get(batchId);
    if (known === undefined) return;
    this.#onTheWay.delete(batchId);
    if (known.aged) this.#aged--;
    known.group.inFlight--;
    const before = this.#size.limit;
    this.#size.settled(outcome, latencyMs);
    this.#schedule(known.group, nowMs);
    if (this.#size.limit < before) for (const group of this.#groups.values()) this.#schedule(group, nowMs);
  }

  /** Makes an item more urgent, never less: somebody who cannot wait as long asked for the same. */
  hasten(itemId: string, priority: CallPriority, byMs: number | null, nowMs: number): boolean {
    const known = this.#waiting.get(itemId);
    if (known === undefined) return false;
    const { item, sequence } = known.one;
    const more = CALL_PRIORITIES[Math.min(rank(item.priority), rank(priority))] ?? item.priority;
    const asked = dueAtMs({ priority, acceptedAtMs: nowMs, deadlineMs: byMs }, this.policy.maxWaitMs);
    const deadlineMs = Math.min(known.one.dueAtMs, asked) - item.acceptedAtMs;
    this.#drop(known.one, known.group);
    this.#place({ ...item, priority: more, deadlineMs }, known.group, sequence, nowMs);
    return true;
  }

  /** Takes an item back that has not left; false when it has, or was never here. */
  remove(itemId: string, nowMs: number): boolean {
    const known = this.#waiting.get(itemId);
    if (known === undefined) return false;
    this.#drop(known.one, known.group);
    this.#schedule(known.group, nowMs);
    return true;
  }

  /** Follows a change of configuration; what waits is due by the new waits. */
  adopt(policy: AssemblerPolicy, nowMs: number): void {
    this.policy = policy;
    this.#size.adopt(policy);
    for (const { one, group } of [...this.#waiting.values()]) {
      this.#drop(one, group);
      this.#place(one.item, group, one.sequence, nowMs);
    }
  }

  get view(): AssemblerView {
    const depth: Record<CallPriority, number> = { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0 };
    let oldestAcceptedAtMs: number | null = null;
    for (const { one } of this.#waiting.values()) {
      depth[one.item.priority]++;
      oldestAcceptedAtMs = Math.min(oldestAcceptedAtMs ?? Infinity, one.item.acceptedAtMs);
    }
    const open = [...this.#groups.values()].filter((group) => group.size > 0);
    return {
      depth,
      oldestAcceptedAtMs,
      sizeLimit: this.#size.limit,
      inFlight: this.#onTheWay.size,
      open: open.map((group) => ({
        mergeKey: group.key,
        items: group.size,
        dueAtMs: group.head?.dueAtMs ?? null,
      })),
    };
  }

  /** The first of the item's keys under which others wait; else the one it prefers. */
  #groupFor(item: AssemblerItem): Group {
    const keys = item.mergeKeys;
    const key = keys.find((one) => (this.#groups.get(one)?.size ?? 0) > 0) ?? keys[0];
    // Lanes are paced apart: a merge key that spans two is two groups.
    const name = item.merges ? key : `${key}@${item.lane}`;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name, item.family, item.lane, item.merges);
      this.#groups.set(name, group);
    }
    return group;
  }

  #place(item: AssemblerItem, group: Group, sequence: number, nowMs: number): void {
    const critical = item.priority === 'CRITICAL';
    const one: Waiting = { item, sequence, critical, dueAtMs: dueAtMs(item, this.policy.maxWaitMs) };
    group.add(one);
    this.#waiting.set(item.id, { one, group });
    this.#schedule(group, nowMs);
  }

  #drop(one: Waiting, group: Group): void {
    group.remove(one);
    this.#waiting.delete(one.item.id);
  }

  #bounds(): BatchBounds {
    const { maxBytes, maxCostMicroUsd } = this.policy;
    return { units: this.#size.limit, bytes: maxBytes, costMicroUsd: maxCostMicroUsd };
  }

  /** Looks at a group anew: ready, or to be woken, or gone. */
  #schedule(group: Group, nowMs: number): void {
    group.version++;
    this.#ready.delete(group);
    const leave = group.leave(this.#bounds(), this.#forecast, nowMs);
    if (leave === null) {
      if (group.inFlight <= 0) this.#groups.delete(group.key);
    } else if (leave.atMs <= nowMs) {
      this.#ready.set(group, leave.reason);
    } else {
      this.#wakes.push({ atMs: leave.atMs, group, version: group.version });
    }
  }

  /** Clears the heap's top of what is stale and of whose time has come. */
  #wake(nowMs: number): void {
    for (let top = this.#wakes.peek(); top !== undefined; top = this.#wakes.peek()) {
      const stale = top.version !== top.group.version;
      if (!stale && top.atMs > nowMs) return;
      this.#wakes.pop();
      if (!stale) this.#schedule(top.group, nowMs);
    }
  }

  #agedAtMs(group: Group): number {
    const { head } = group;
    if (head === undefined || head.critical) return Infinity;
    return head.dueAtMs + AGED_AFTER_WAITS * Math.max(1, this.policy.maxWaitMs);
  }

  #mayUseAgedPlace(group: Group, gate: Gate | undefined, nowMs: number): boolean {
    return gate !== undefined && gate.slots <= 0 && this.#aged === 0 && this.#agedAtMs(group) <= nowMs;
  }

  #send(group: Group, aged: boolean): Batch {
    const reason = this.#ready.get(group) ?? 'deadline';
    const { taken, units, bytes, costMicroUsd } = group.load(this.#bounds());
    for (const { item } of taken) this.#waiting.delete(item.id);
    const id = `batch_${this.#sequence++}`;
    group.inFlight++;
    if (aged) this.#aged++;
    this.#onTheWay.set(id, { group, aged });
    if (this.#onTheWay.size > MOST_IN_FLIGHT) this.#forgetOldest();
    const items = taken.map(({ item }) => item);
    const most = Math.min(...items.map(({ priority }) => rank(priority)));
    return {
      id,
      mergeKey: group.key,
      lane: group.lane,
      reason,
      priority: CALL_PRIORITIES[most] ?? 'LOW',
      items,
      units,
      bytes,
      costMicroUsd,
    };
  }

  #forgetOldest(): void {
    const [oldest] = this.#onTheWay;
    if (oldest === undefined) return;
    const [id, { group, aged }] = oldest;
    this.#onTheWay.delete(id);
    group.inFlight--;
    if (aged) this.#aged--;
  }
}

export interface AssemblerView {
  readonly depth: Readonly<Record<CallPriority, number>>;
  readonly oldestAcceptedAtMs: number | null;
  readonly sizeLimit: number;
  readonly inFlight: number;
  readonly open: readonly { mergeKey: string; items: number; dueAtMs: number | null }[];
}

function rank(priority: CallPriority): number {
  return CALL_PRIORITIES.indexOf(priority);
}
