/**
 * Puts off small sends to the end of the present turn of the event loop and does them together: the client then
 * writes to its socket once for all, and that write is most of what a small message costs.
 */
export class EndOfTurn {
  private sends: (() => void)[] = [];

  add(send: () => void): void {
    if (this.sends.length === 0) setImmediate(() => this.flush());
    this.sends.push(send);
  }

  /** Sends now what was put off. */
  flush(): void {
    for (const send of this.sends.splice(0)) send();
  }
}
