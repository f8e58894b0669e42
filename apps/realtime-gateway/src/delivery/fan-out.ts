import type { Room } from '@signalbox/contracts';
import type { Outgoing } from './outgoing-queue.js';

/** Longer than the fan-out of one message to a few hundred clients, short enough that a critical one hardly waits. */
const TURN_MS = 3;
/**
 * Of what waits, a turn delivers this much even where it takes longer: what is written to a connection in one turn leaves
 * in few pieces, which costs far less than one by one. So a gateway that is behind becomes faster.
 */
const LEAST_SHARE = 1 / 4;
const LONGEST_TURN_MS = 5;
/** More is not read ahead: it waits in the rooms' streams. */
const MAX_WAITING = 2_000;

/** Hands a message to all clients; `early` when older ones of its room are still to come. */
export type Deliver<T> = (message: T, early: boolean) => void;

/**
 * Hands what was read to the clients, a few milliseconds at a time: between turns the process reads on, and a critical
 * message overtakes what still waits. The messages of a lane stay in the order in which they were read.
 */
export class FanOut<T extends Outgoing> {
  private readonly critical: T[] = [];
  private readonly normal: T[] = [];
  /** Of the normal lane. */
  private readonly waitingOf = new Map<Room, number>();
  private isScheduled = false;
  private full: { until: Promise<void>; end: () => void } | undefined;

  constructor(private readonly deliver: Deliver<T>) {}

  /**
   * Delivered in the next turn of the event loop: what else is read with it is sorted by its lane first. A promise when
   * enough waits: of when to read on.
   */
  take(message: T): Promise<void> | undefined {
    const { room, priority } = message.message;
    if (priority === 'critical') this.critical.push(message);
    else {
      this.normal.push(message);
      this.waitingOf.set(room, (this.waitingOf.get(room) ?? 0) + 1);
    }
    this.schedule();
    if (this.waiting >= MAX_WAITING) this.full ??= promise();
    return this.full?.until;
  }

  private turn(): void {
    const startMs = performance.now();
    const least = this.waiting * (1 - LEAST_SHARE);
    do this.next();
    while (
      this.waiting > 0 &&
      performance.now() - startMs < (this.waiting > least ? LONGEST_TURN_MS : TURN_MS)
    );
    if (this.waiting > 0) return this.schedule();
    this.full?.end();
    this.full = undefined;
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.turn();
    });
  }

  private get waiting(): number {
    return this.critical.length + this.normal.length;
  }

  private next(): void {
    const overtaking = this.critical.shift();
    if (overtaking !== undefined) {
      this.deliver(overtaking, (this.waitingOf.get(overtaking.message.room) ?? 0) > 0);
      return;
    }
    const message = this.normal.shift();
    if (message === undefined) return;
    const { room } = message.message;
    this.waitingOf.set(room, (this.waitingOf.get(room) ?? 1) - 1);
    this.deliver(message, false);
  }
}

function promise(): { until: Promise<void>; end: () => void } {
  let end: () => void = () => undefined;
  const until = new Promise<void>((resolve) => (end = resolve));
  return { until, end };
}
