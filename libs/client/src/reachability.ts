/**
 * Whether it is worth asking Signalbox now. While it hangs, every call would otherwise wait out the whole
 * timeout before it falls back to what is remembered: after a failed question, one call a second asks and the
 * others go straight on.
 */
export class Reachability {
  private askAgainAtMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs a monotonic clock. */
  constructor(private readonly nowMs: () => number) {}

  /** True lets the caller ask; after a failure only the first caller of each second gets it. */
  mayAsk(): boolean {
    const now = this.nowMs();
    if (now < this.askAgainAtMs) return false;
    if (this.askAgainAtMs !== Number.NEGATIVE_INFINITY) this.askAgainAtMs = now + ASK_EVERY_MS;
    return true;
  }

  answered(): void {
    this.askAgainAtMs = Number.NEGATIVE_INFINITY;
  }

  /** @param retryAfterSeconds what Signalbox asked for, when it was able to ask. */
  failed(retryAfterSeconds = 0): void {
    this.askAgainAtMs = this.nowMs() + Math.max(ASK_EVERY_MS, retryAfterSeconds * 1000);
  }
}

const ASK_EVERY_MS = 1_000;
