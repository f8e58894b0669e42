import type { Fact } from '@signalbox/contracts';

/** A message on its way to JetStream. */
export interface Outgoing {
  fact: Fact;
  subject: string;
  data: Uint8Array;
  msgId: string;
  correlationId: string | undefined;
  postedAtMs: number;
  /** Called once when the stream has it; never when it is let go. */
  onStored?: (() => void) | undefined;
}

export interface OutboxBounds {
  maxMessages: number;
  maxBytes: number;
}

/**
 * What is let go first when the outbox is full, and sent last when it empties. A lost `decisions.made` costs a line
 * of history and a state of a budget is replaced by the next; other state facts are also in a KV bucket or in PostgreSQL; a lost outcome, error or circuit change
 * would make later decisions worse, and a lost audit line cannot be had again.
 */
const CLASS_OF: Record<Fact, number> = {
  'decisions.made': 0,
  'health.degraded': 1,
  'health.recovered': 1,
  'overrides.activated': 1,
  'overrides.ended': 1,
  'coordination.synced': 1,
  'recoveries.changed': 1,
  'config.changed': 1,
  'budgets.state': 0,
  'budgets.alerted': 2,
  'limits.alerted': 1,
  'anomalies.detected': 1,
  'batches.completed': 1,
  'batches.failed': 1,
  'webhooks.received': 1,
  'webhooks.processed': 1,
  'security.alerted': 2,
  'agents.event': 1,
  'outcomes.reported': 2,
  'errors.reported': 2,
  'circuits.changed': 2,
  'audit.recorded': 2,
};
const CLASSES = 3;

/**
 * The messages waiting and in flight, bounded together in number and bytes. When a bound is passed the oldest
 * waiting message of the least class goes, until it is kept again. Pure: it sends nothing.
 */
export class OutboxQueue {
  private readonly waiting = Array.from({ length: CLASSES }, () => new Fifo());
  private heldMessages = 0;
  private heldBytes = 0;

  constructor(private readonly bounds: OutboxBounds) {}

  /** Waiting and in flight. */
  get held(): number {
    return this.heldMessages;
  }

  get hasWaiting(): boolean {
    return this.waiting.some((fifo) => fifo.length > 0);
  }

  /** When the oldest waiting message was posted, epoch ms; null when none waits. */
  get oldestWaitingMs(): number | null {
    const heads = this.waiting.map((fifo) => fifo.head?.postedAtMs).filter((ms) => ms !== undefined);
    return heads.length === 0 ? null : Math.min(...heads);
  }

  /** Takes the message in and returns how many had to go for it. */
  push(message: Outgoing): number {
    this.fifoOf(message).push(message);
    this.heldMessages += 1;
    this.heldBytes += message.data.length;
    let dropped = 0;
    while (this.isOverFull() && this.dropOne()) dropped += 1;
    return dropped;
  }

  /** The next to send: the greatest class first, oldest first. It stays held until {@link settle}. */
  take(): Outgoing | undefined {
    for (let index = CLASSES - 1; index >= 0; index--) {
      const message = this.waiting[index]?.shift();
      if (message) return message;
    }
    return undefined;
  }

  /** A message that was taken is done with: stored by the server, or given up. */
  settle(message: Outgoing): void {
    this.heldMessages -= 1;
    this.heldBytes -= message.data.length;
  }

  /** Messages that were taken and not stored wait again, before those posted after them. */
  putBack(messages: readonly Outgoing[]): void {
    for (const [index, fifo] of this.waiting.entries()) {
      fifo.unshift(messages.filter((message) => CLASS_OF[message.fact] === index));
    }
  }

  private isOverFull(): boolean {
    return this.heldMessages > this.bounds.maxMessages || this.heldBytes > this.bounds.maxBytes;
  }

  private dropOne(): boolean {
    const victim = this.waiting.find((fifo) => fifo.length > 0)?.shift();
    if (victim) this.settle(victim);
    return victim !== undefined;
  }

  private fifoOf(message: Outgoing): Fifo {
    return this.waiting[CLASS_OF[message.fact]] as Fifo;
  }
}

/** An array with a moving head: `shift` of a plain array copies all of it. */
class Fifo {
  private items: (Outgoing | undefined)[] = [];
  private start = 0;

  get length(): number {
    return this.items.length - this.start;
  }

  get head(): Outgoing | undefined {
    return this.items[this.start];
  }

  push(message: Outgoing): void {
    this.items.push(message);
  }

  shift(): Outgoing | undefined {
    if (this.length === 0) return undefined;
    const message = this.items[this.start];
    this.items[this.start++] = undefined;
    if (this.start >= 1_024 && this.start * 2 >= this.items.length) this.compact([]);
    return message;
  }

  unshift(messages: readonly Outgoing[]): void {
    if (messages.length > 0) this.compact(messages);
  }

  private compact(before: readonly Outgoing[]): void {
    this.items = [...before, ...this.items.slice(this.start)];
    this.start = 0;
  }
}
