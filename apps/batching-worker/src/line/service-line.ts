import {
  Assembler,
  assemblerItem,
  assemblerPolicy,
  Deduplicator,
  RetryBudget,
  type AssemblerView,
  type Batch,
} from '@signalbox/batching';
import type { BatchPolicy, ServiceName } from '@signalbox/contracts';
import type { LiveBatchItem } from '@signalbox/persistence';
import type { SharedPacer } from '@signalbox/redis';
import type { Clock, Rng } from '@signalbox/statistics';
import { BatchRun } from '../send/batch-run.js';
import type { SendingLine } from '../send/sending-line.js';
import type { AnsweredReads } from './answered-reads.js';
import { hold, laterUnwritten, type HeldItem, type Parting } from './held-item.js';
import { LanePace } from './lane-pace.js';
import { ShareAnswer } from './share-answer.js';
import { Turns } from './turns.js';

/** Batches of a service on their way at a time. */
const MOST_BATCHES = 64;
/** Calls of a service on their way at a time, in all of its batches. */
const MOST_CALLS = 64;
/** Reads whose answers are remembered; an entry is some 200 bytes. */
const MOST_READS = 20_000;
/** Requests that wait for another attempt and whose failed nodes are remembered; forgotten, they may try one again. */
const MOST_RETRYING = 10_000;
const RETRY_LATER_MS = 10_000;
const FULL_AGAIN_MS = 500;

export interface ServiceLineParts {
  serviceName: ServiceName;
  policy: Required<BatchPolicy>;
  send: (line: SendingLine, run: BatchRun) => Promise<void>;
  share: ShareAnswer;
  answered: AnsweredReads;
  pacer: SharedPacer;
  unitPriceMicroUsd: () => number;
  /** Unique for all time. */
  newBatchId: () => string;
  clock: Clock;
  rng: Rng;
}

/**
 * What one service's requests go through in this process: the same read is made once, what can share a call is
 * gathered, and batches leave as they are due and as the provider's pace allows.
 */
export class ServiceLine implements SendingLine {
  policy: Required<BatchPolicy>;
  readonly retryBudget = new RetryBudget();
  readonly rng: Rng;
  private readonly held = new Map<string, HeldItem>();
  private readonly assembler: Assembler;
  private readonly reads = new Deduplicator<null>(MOST_READS);
  private readonly pace: LanePace;
  private readonly turns: Turns;
  private readonly underWay = new Set<Promise<void>>();
  /** Who waits for another request's answer: follower → leader. */
  private readonly following = new Map<string, string>();
  private readonly failedNodes = new Map<string, Set<string>>();
  private bytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private pumping = false;
  private closing = false;

  constructor(private readonly parts: ServiceLineParts) {
    const { serviceName, policy, pacer, clock } = parts;
    this.policy = policy;
    this.rng = parts.rng;
    this.assembler = new Assembler(assemblerPolicy(serviceName, policy));
    this.pace = new LanePace(serviceName, policy, pacer, clock);
    this.turns = new Turns(MOST_CALLS, (lane) => this.pace.pass(lane, () => this.closing));
  }

  get isClosing(): boolean {
    return this.closing;
  }

  get heldItems(): number {
    return this.held.size;
  }

  get heldBytes(): number {
    return this.bytes;
  }

  get view(): AssemblerView {
    return this.assembler.view;
  }

  holds(requestId: string): boolean {
    return this.held.has(requestId);
  }

  /** Resolves when this process parts with the request. */
  take(item: LiveBatchItem, owesRetry: boolean): Promise<Parting> {
    // A queue that lost its memory was given it again: it is the same request.
    const known = this.held.get(item.requestId);
    if (known !== undefined) return known.parted;
    const nowMs = this.parts.clock.nowMs();
    if (this.closing) return Promise.resolve({ kind: 'handed_back' });
    if (owesRetry && !this.retryBudget.withdraw(nowMs)) {
      const atMs = nowMs + Math.ceil(RETRY_LATER_MS * (0.5 + this.rng()));
      return Promise.resolve(laterUnwritten(atMs, owesRetry));
    }
    const held = hold(item, this.failedNodes.get(item.requestId));
    this.held.set(item.requestId, held);
    this.bytes += held.bytes;
    void held.parted.then((parting) => this.parted(held, parting));
    this.place(held).catch(() => {
      held.part(laterUnwritten(this.parts.clock.nowMs() + FULL_AGAIN_MS));
    });
    return held.parted;
  }

  adopt(policy: Required<BatchPolicy>): void {
    this.policy = policy;
    this.assembler.adopt(assemblerPolicy(this.parts.serviceName, policy), this.parts.clock.nowMs());
    this.pace.adopt(policy);
    this.pump();
  }

  /** Another process takes this service's requests now: those who wait for one that went there follow it. */
  releaseStranded(): void {
    for (const [followerId, leaderId] of [...this.following]) {
      if (!this.held.has(leaderId)) this.held.get(followerId)?.part({ kind: 'handed_back' });
    }
  }

  /** Hands back what has not left, and resolves when what has left has come to its end. */
  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.timer);
    const nowMs = this.parts.clock.nowMs();
    for (const held of [...this.held.values()]) {
      if (this.assembler.remove(held.item.requestId, nowMs)) held.part({ kind: 'handed_back' });
    }
    await Promise.allSettled(this.underWay);
    for (const held of [...this.held.values()]) held.part({ kind: 'handed_back' });
  }

  async inTurn<T>(part: readonly HeldItem[], work: () => Promise<T>): Promise<T> {
    const isCritical = part.some(({ item }) => item.priority === 'CRITICAL');
    return this.turns.within(laneOf(part), isCritical, work);
  }

  penalise(part: readonly HeldItem[], retryAfterMs: number | null): void {
    this.pace.penalise(laneOf(part), retryAfterMs);
  }

  takeFollowers(held: HeldItem, answered: boolean): HeldItem[] {
    const { sameAs, item } = held;
    if (sameAs === null) return [];
    const waiting = this.reads.settle(sameAs.key, item.requestId, null, answered);
    if (answered) {
      const { answered: reads, clock } = this.parts;
      reads.remember(sameAs.key, item.requestId, item.waitingSinceMs, clock.nowMs());
    }
    return waiting.flatMap((id) => this.held.get(id) ?? []);
  }

  /** Either it shares an answer, or it is gathered with others. */
  private async place(held: HeldItem): Promise<void> {
    if (held.sameAs !== null && (await this.isShared(held))) return;
    const { item, operation, wire } = held;
    const { clock, unitPriceMicroUsd } = this.parts;
    const nowMs = clock.nowMs();
    const terms = {
      priority: item.priority,
      // A second attempt, or a replay, has waited long enough.
      acceptedAtMs: item.waitingSinceMs,
      deadlineMs: item.deadlineMs,
      unitPriceMicroUsd: unitPriceMicroUsd(),
    };
    const added = this.assembler.add(assemblerItem(operation, wire, terms), nowMs);
    if (!added.accepted) {
      held.part(laterUnwritten(nowMs + FULL_AGAIN_MS));
      return;
    }
    this.pump();
  }

  private async isShared(held: HeldItem): Promise<boolean> {
    const { item, sameAs } = held;
    if (sameAs === null) return false;
    const { answered, share, clock } = this.parts;
    const offered = this.reads.offer(sameAs, item.requestId, clock.nowMs());
    switch (offered.kind) {
      case 'first': {
        const earlier = await answered.find(sameAs.key).catch(() => null);
        if (earlier === null || earlier.requestId === item.requestId) return false;
        const followers = this.takeFollowers(held, false);
        await share.give(earlier, [held, ...followers]);
        return true;
      }
      case 'shared':
        // It has come back for another attempt, with those who wait for it.
        if (offered.leaderId === item.requestId) return false;
        this.following.set(item.requestId, offered.leaderId);
        this.assembler.hasten(offered.leaderId, item.priority, item.deadlineMs, clock.nowMs());
        this.pump();
        return true;
      case 'answered': {
        if (offered.leaderId === item.requestId) return false;
        const earlier = await answered.answerOf(offered.leaderId).catch(() => null);
        if (earlier === null) held.part(laterUnwritten(clock.nowMs() + FULL_AGAIN_MS));
        else await share.give(earlier, [held]);
        return true;
      }
      default:
        return false;
    }
  }

  /** At the end of the turn, once for all that came in it. */
  private pump(): void {
    if (this.pumping || this.closing) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      if (!this.closing) this.sendDue();
    });
  }

  private sendDue(): void {
    const nowMs = this.parts.clock.nowMs();
    const gate = {
      slots: MOST_BATCHES - this.underWay.size,
      laneFreeAtMs: (lane: string) => this.pace.laneFreeAtMs(lane),
      laneTaken: (lane: string) => this.pace.laneTaken(lane),
    };
    for (const batch of this.assembler.due(nowMs, gate)) this.start(batch, nowMs);
    clearTimeout(this.timer);
    const wakeAtMs = this.assembler.nextWakeMs(nowMs, gate);
    if (wakeAtMs !== null) this.timer = setTimeout(() => this.pump(), Math.max(1, wakeAtMs - nowMs));
  }

  private start(batch: Batch, nowMs: number): void {
    const items = batch.items.flatMap(({ id }) => this.held.get(id) ?? []);
    const [first] = items;
    if (first === undefined) return this.assembler.settled(batch.id, 'success', 0, nowMs);
    const { serviceName, send, newBatchId, clock } = this.parts;
    const run = new BatchRun(newBatchId(), serviceName, first.operation, batch.priority, items, nowMs);
    const sending = send(this, run).finally(() => {
      this.underWay.delete(sending);
      this.assembler.settled(batch.id, run.outcome, run.latencyMs, clock.nowMs());
      this.pump();
    });
    this.underWay.add(sending);
  }

  private rememberFailures({ item, failedNodes }: HeldItem, parting: Parting): void {
    this.failedNodes.delete(item.requestId);
    if (parting.kind !== 'later' || failedNodes.size === 0) return;
    this.failedNodes.set(item.requestId, failedNodes);
    const [oldest] = this.failedNodes.keys();
    if (this.failedNodes.size > MOST_RETRYING && oldest !== undefined) this.failedNodes.delete(oldest);
  }

  private parted(held: HeldItem, parting: Parting): void {
    this.held.delete(held.item.requestId);
    this.bytes -= held.bytes;
    this.following.delete(held.item.requestId);
    this.rememberFailures(held, parting);
    if (parting.kind !== 'handed_back') return;
    // Whoever takes it over shares its answer anew.
    for (const follower of this.takeFollowers(held, false)) follower.part(parting);
  }
}

function laneOf(part: readonly HeldItem[]): string {
  const [first] = part;
  return first === undefined ? '' : first.operation.lane(first.wire.payload);
}
