import { CALL_PRIORITIES, type CallPriority, type OutcomeKind } from '@signalbox/contracts';
import { ArrivalForecast } from './arrival-forecast.js';
import { BatchSize } from './batch-size.js';
import type { Batch, BatchBounds, Waiting } from './batch.js';
import { Group, type Ready, type Wake } from './group.js';
import { Heap } from './heap.js';
import { dueAtMs, type AssemblerItem } from './item.js';
import { OnTheWay } from './on-the-way.js';
import { ReadyLanes } from './ready-lanes.js';

export interface AssemblerPolicy {
  readonly maxItems: number;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxCostMicroUsd: number;
  /** Above it at p95, batches become smaller. */
  readonly targetLatencyMs: number;
  /** Waiting is worth it while at least this many more are expected before the batch is due. */
  readonly worthWaiting: number;
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
/** Entries of past plans that may lie about before they are cleared away. */
const STALE_AT_MOST = 1_024;

const OPEN: Gate = { slots: Infinity, laneFreeAtMs: () => 0 };

/**
 * Gathers the items of one service into batches. A state machine without a clock or a timer: the caller tells the
 * time, asks what is `due`, and comes back at `nextWakeMs`. The same calls give the same batches.
 *
 * A batch leaves on the first of: full (items, bytes, cost), its most urgent item due, or nothing to gain by
 * waiting: none of its kind is on the way and fewer more than are worth it (0.3) are expected before it is due. Then
 * everything of its merge key that fits goes with it, most urgent first.
 *
 * Where the gate holds batches back, critical ones go first, always. The others go by when they were due, so that
 * an old low item is before a new high one; and one that has aged goes by a place of its own, beyond the slots, one
 * at a time: neither can critical traffic starve it nor does it take a place from a critical item. Only a lane is
 * nobody's to widen: where critical items alone are more than a provider's rate, nothing else passes there.
 */
export class Assembler {
  readonly #groups = new Map<string, Group>();
  readonly #waiting = new Map<string, { one: Waiting; group: Group }>();
  readonly #onTheWay = new OnTheWay();
  readonly #forecast: ArrivalForecast;
  readonly #size: BatchSize;
  /** What may leave, as of the last look. */
  readonly #ready = new ReadyLanes();
  #wakes = new Heap<Wake>((a, b) => a.atMs < b.atMs);
  #sequence = 0;

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
  due(nowMs: number, gate: Gate = OPEN): Batch[] {
    this.#look(nowMs);
    const isFree = (lane: string) => gate.laneFreeAtMs(lane) <= nowMs;
    const batches: Batch[] = [];
    for (;;) {
      const bySlot = gate.slots > 0 ? this.#ready.first(isFree) : null;
      const aged = bySlot === null && gate.slots <= 0 ? this.#aged(isFree, nowMs) : null;
      const ready = bySlot ?? aged;
      if (ready === null) return batches;
      const batch = this.#send(ready, aged !== null);
      if (bySlot !== null) gate.slots--;
      gate.laneTaken?.(batch.lane, ready.group.merges ? 1 : batch.items.length);
      batches.push(batch);
      this.#schedule(ready.group, nowMs);
    }
  }

  /** Epoch ms at which `due` may have something, if nothing is added or settled before; null: only then. */
  nextWakeMs(nowMs: number, gate: Gate = OPEN): number | null {
    this.#look(nowMs);
    let atMs = this.#wakes.peek()?.atMs ?? Infinity;
    for (const { lane, oldest } of this.#ready.lanes()) {
      const freeAtMs = Math.max(nowMs, gate.laneFreeAtMs(lane));
      if (gate.slots > 0) atMs = Math.min(atMs, freeAtMs);
      else if (oldest !== null && this.#onTheWay.aged === 0) {
        atMs = Math.min(atMs, Math.max(freeAtMs, this.#agesAtMs(oldest)));
      }
    }
    return atMs === Infinity ? null : atMs;
  }

  /** What became of a batch that left: frees its place and teaches the size. */
  settled(batchId: string, outcome: OutcomeKind, latencyMs: number, nowMs: number): void {
    const group = this.#onTheWay.take(batchId);
    if (group === null) return;
    const before = this.#size.limit;
    this.#size.settled(outcome, latencyMs);
    this.#schedule(group, nowMs);
    if (this.#size.limit >= before) return;
    for (const one of this.#groups.values()) this.#schedule(one, nowMs);
  }

  /** Makes an item more urgent, never less: somebody who cannot wait as long asked for the same. */
  hasten(itemId: string, priority: CallPriority, byMs: number | null, nowMs: number): boolean {
    const known = this.#waiting.get(itemId);
    if (known === undefined) return false;
    const { item, sequence } = known.one;
    const more = CALL_PRIORITIES[Math.min(rank(item.priority), rank(priority))] ?? item.priority;
    const asked = dueAtMs({ priority, acceptedAtMs: nowMs, deadlineMs: byMs }, this.policy.maxWaitMs);
    this.#drop(known.one, known.group);
    this.#place(
      { ...item, priority: more },
      known.group,
      sequence,
      nowMs,
      Math.min(known.one.dueAtMs, asked),
    );
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

  #place(
    item: AssemblerItem,
    group: Group,
    sequence: number,
    nowMs: number,
    due = dueAtMs(item, this.policy.maxWaitMs),
  ): void {
    const one: Waiting = { item, sequence, critical: item.priority === 'CRITICAL', dueAtMs: due };
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
    const leave = group.leave(this.#bounds(), this.policy.worthWaiting, this.#forecast, nowMs);
    const { head } = group;
    if (leave === null || head === undefined) {
      group.ready = null;
      group.wake = null;
      if (group.inFlight <= 0) this.#groups.delete(group.key);
    } else if (leave.atMs <= nowMs) {
      group.wake = null;
      if (group.ready?.head === head) return;
      group.ready = { group, reason: leave.reason, head };
      this.#ready.put(group.ready);
    } else {
      group.ready = null;
      if (group.wake?.atMs === leave.atMs) return;
      group.wake = { atMs: leave.atMs, group };
      this.#wakes.push(group.wake);
      if (this.#wakes.size > STALE_AT_MOST + 2 * this.#groups.size) this.#dropStaleWakes();
    }
  }

  /** Looks at the groups whose time has come. */
  #look(nowMs: number): void {
    for (let top = this.#wakes.peek(); top !== undefined; top = this.#wakes.peek()) {
      const stands = top.group.wake === top;
      if (stands && top.atMs > nowMs) return;
      this.#wakes.pop();
      if (!stands) continue;
      top.group.wake = null;
      this.#schedule(top.group, nowMs);
    }
  }

  #dropStaleWakes(): void {
    this.#wakes = new Heap<Wake>((a, b) => a.atMs < b.atMs);
    for (const { wake } of this.#groups.values()) if (wake !== null) this.#wakes.push(wake);
  }

  #aged(isFree: (lane: string) => boolean, nowMs: number): Ready | null {
    if (this.#onTheWay.aged > 0) return null;
    const oldest = this.#ready.oldest(isFree);
    return oldest !== null && this.#agesAtMs(oldest) <= nowMs ? oldest : null;
  }

  #agesAtMs({ head }: Ready): number {
    return head.dueAtMs + AGED_AFTER_WAITS * Math.max(1, this.policy.maxWaitMs);
  }

  #send({ group, reason }: Ready, aged: boolean): Batch {
    group.ready = null;
    const { taken, units, bytes, costMicroUsd } = group.load(this.#bounds());
    for (const { item } of taken) this.#waiting.delete(item.id);
    const id = `batch_${this.#sequence++}`;
    this.#onTheWay.add(id, group, aged);
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
