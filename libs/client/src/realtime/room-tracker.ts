import type { RoomMessage } from '@signalbox/contracts';

/** As the gateway sends it: `coversFrom` where the message stands for more than itself. */
export type ReceivedMessage = RoomMessage & { coversFrom?: number; coalesced?: number };

/** What to do with a message: show it, forget it, or ask the gateway for what is missing before it. */
export type Verdict = 'deliver' | 'duplicate' | 'gap';

/** Critical messages overtake; more than this many never wait to be caught up with. */
const MAX_EARLY = 1_000;

/**
 * What a client has seen of one room. Every message says from where on it covers the room's numbers; a message that
 * begins after the end of what was seen means that something is missing. Only critical ones may come early.
 */
export class RoomTracker {
  private readonly early = new Set<number>();

  constructor(
    private epoch: string,
    private seen: number,
  ) {}

  /** Where to resume. */
  get lastSeen(): { epoch: string; seq: number } {
    return { epoch: this.epoch, seq: this.seen };
  }

  /** Begins anew: the gateway told how things stand at `seq`. */
  restart(epoch: string, seq: number): void {
    this.epoch = epoch;
    this.seen = seq;
    this.early.clear();
  }

  take(message: ReceivedMessage): Verdict {
    if (message.epoch !== this.epoch) return 'gap';
    const { seq, coversFrom = seq } = message;
    const shown = seq <= this.seen || this.early.has(seq);
    if (coversFrom > this.seen + 1) {
      if (message.priority !== 'critical' || this.early.size >= MAX_EARLY) return 'gap';
      this.early.add(seq);
      return shown ? 'duplicate' : 'deliver';
    }
    this.advance(seq);
    return shown ? 'duplicate' : 'deliver';
  }

  private advance(seq: number): void {
    this.seen = Math.max(this.seen, seq);
    for (const early of [...this.early].sort((a, b) => a - b)) {
      if (early === this.seen + 1) this.seen = early;
      if (early <= this.seen) this.early.delete(early);
    }
  }
}
