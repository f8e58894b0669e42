import type { Room } from '@signalbox/contracts';
import type { Outgoing } from './outgoing-queue.js';

/** Messages of all rooms in the order in which they were read, but critical ones before all others. */
export class Lanes<T extends Outgoing> {
  private readonly critical: T[] = [];
  private readonly normal: T[] = [];
  /** Of the normal lane. */
  private readonly waitingOf = new Map<Room, number>();

  get size(): number {
    return this.critical.length + this.normal.length;
  }

  get isUrgent(): boolean {
    return this.critical.length > 0;
  }

  put(message: T): void {
    const { room, priority } = message.message;
    if (priority === 'critical') {
      this.critical.push(message);
      return;
    }
    this.normal.push(message);
    this.waitingOf.set(room, (this.waitingOf.get(room) ?? 0) + 1);
  }

  /** The next one; `early` when it overtakes older ones of its room. */
  next(): { message: T; early: boolean } | undefined {
    const overtaking = this.critical.shift();
    if (overtaking !== undefined) {
      return { message: overtaking, early: (this.waitingOf.get(overtaking.message.room) ?? 0) > 0 };
    }
    const message = this.normal.shift();
    if (message === undefined) return undefined;
    const { room } = message.message;
    this.waitingOf.set(room, (this.waitingOf.get(room) ?? 1) - 1);
    return { message, early: false };
  }
}
