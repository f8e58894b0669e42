/** What a turn hands over, in messages: a few milliseconds' work. */
const TURN_MESSAGES = 150;

/** A connection that takes more. */
export interface Ready {
  /** Writes as much as is written at a time; returns how many messages that were. */
  pump(): number;
}

/**
 * Gives connections that take more what waits for them, a few at a time. Sockets say that they are ready one right after
 * the other, without a turn of the event loop in between: served as they say so, a burst for many clients would stop the
 * process until all of it is written. Those with a critical message come first.
 */
export class DrainTurns {
  private readonly urgent = new Set<Ready>();
  private readonly others = new Set<Ready>();
  private isScheduled = false;

  add(connection: Ready, isUrgent: boolean): void {
    (isUrgent ? this.urgent : this.others).add(connection);
    this.schedule();
  }

  /** A critical message waits now for a connection that was not urgent. */
  hurry(connection: Ready): void {
    if (this.others.delete(connection)) this.urgent.add(connection);
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.turn();
    });
  }

  private turn(): void {
    let left = TURN_MESSAGES;
    for (const lane of [this.urgent, this.others]) {
      // Who becomes ready again meanwhile comes after the others.
      for (const connection of [...lane]) {
        if (left <= 0) break;
        lane.delete(connection);
        left -= connection.pump();
      }
    }
    if (this.urgent.size + this.others.size > 0) this.schedule();
  }
}
