import { Lanes } from './lanes.js';
import { Line } from './line.js';
import type { Outgoing } from './outgoing-queue.js';

/**
 * Longer than the writing of one message to a few hundred clients, short enough that a critical one hardly waits for its
 * turn.
 */
const TURN_MS = 3;
/** More is not read ahead: it waits in the rooms' streams. */
const MAX_WAITING = 2_000;

/** Puts a message into the queues of all clients it is for; `early` when older ones of its room are still to come. */
export type HandOver<T> = (message: T, early: boolean) => void;

/** A connection for which something waits, and that takes more. */
export interface Ready {
  /** A critical message waits for it. */
  readonly isUrgent: boolean;
  /** In which line it stands, for the turns to know. */
  stands: 'urgent' | 'others' | null;
  /** Writes one burst. */
  pump(): void;
}

/**
 * Hands what was read to the clients' queues, and writes those, a few milliseconds at a time: between turns the process
 * reads on, and what is critical overtakes the rest in both steps. New messages are handed over once the clients that
 * take more were given what was handed over before: so a gateway that is behind writes to each client more at a time,
 * which costs it far less than one by one, and it reads no further ahead than it can write.
 */
export class DeliveryTurns<T extends Outgoing> {
  private readonly lanes = new Lanes<T>();
  private readonly urgent = new Line<Ready>();
  /** Those that became urgent meanwhile are left where they stood. */
  private readonly others = new Line<Ready>();
  private isScheduled = false;
  /** Until then whoever is ready need not stand in line: nobody else does, and nothing else waits. */
  private straightUntilMs = 0;
  private full: { until: Promise<void>; end: () => void } | undefined;

  constructor(
    private readonly handOver: HandOver<T>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /**
   * Handed over in the next turn of the event loop: what else is read with it is sorted by its lane first. A promise when
   * enough waits: of when to read on.
   */
  take(message: T): Promise<void> | undefined {
    this.lanes.put(message);
    this.schedule();
    if (this.lanes.size >= MAX_WAITING) this.full ??= promise();
    return this.full?.until;
  }

  /** The connection takes more, and has more to take. */
  ready(connection: Ready): void {
    if (this.nowMs() < this.straightUntilMs) {
      connection.pump();
      return;
    }
    const line = connection.isUrgent ? 'urgent' : 'others';
    if (connection.stands === line || connection.stands === 'urgent') return;
    connection.stands = line;
    this[line].push(connection);
    this.schedule();
  }

  private turn(): void {
    const endMs = this.nowMs() + TURN_MS;
    const wasIdle = this.isIdle;
    while (this.lanes.isUrgent) this.handOverNext(endMs);
    if (wasIdle) {
      do this.handOverNext(endMs);
      while (this.lanes.size > 0 && this.nowMs() < endMs);
    }
    this.pumpUntil(endMs);
    if (this.lanes.size === 0) {
      this.full?.end();
      this.full = undefined;
    }
    if (this.lanes.size > 0 || !this.isIdle) this.schedule();
  }

  private handOverNext(endMs: number): void {
    const next = this.lanes.next();
    if (next === undefined) return;
    if (this.lanes.size === 0 && this.isIdle) this.straightUntilMs = endMs;
    this.handOver(next.message, next.early);
    this.straightUntilMs = 0;
  }

  /** Critical messages to all, then others for as long as the turn goes; to one at least, or a late turn was for nothing. */
  private pumpUntil(endMs: number): void {
    for (let next = this.urgent.shift(); next !== undefined; next = this.urgent.shift()) {
      next.stands = null;
      next.pump();
    }
    for (let next = this.others.shift(); next !== undefined; next = this.others.shift()) {
      if (next.stands !== 'others') continue;
      next.stands = null;
      next.pump();
      if (this.nowMs() >= endMs) return;
    }
  }

  private get isIdle(): boolean {
    return this.urgent.length + this.others.length === 0;
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.turn();
    });
  }
}

function promise(): { until: Promise<void>; end: () => void } {
  let end: () => void = () => undefined;
  const until = new Promise<void>((resolve) => (end = resolve));
  return { until, end };
}
