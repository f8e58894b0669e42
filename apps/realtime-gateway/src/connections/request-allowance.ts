/** A page subscribes once and again after each reconnect; participants answer events. */
const PER_WINDOW = 120;
const WINDOW_MS = 10_000;

/** How much one connection may ask: a flood ends it. */
export class RequestAllowance {
  private windowEndsAtMs = 0;
  private left = PER_WINDOW;

  constructor(private readonly nowMs: () => number = Date.now) {}

  /** False when it asked too much. */
  take(): boolean {
    const nowMs = this.nowMs();
    if (nowMs >= this.windowEndsAtMs) {
      this.windowEndsAtMs = nowMs + WINDOW_MS;
      this.left = PER_WINDOW;
    }
    this.left -= 1;
    return this.left >= 0;
  }
}
