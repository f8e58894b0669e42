import type { ServiceName } from '@signalbox/contracts';
import type { Journal, Lane } from './journal.js';
import { percent } from './table.js';

const TTY_EVERY_MS = 250;
const PLAIN_EVERY_MS = 5_000;
/** What "now" means in the live line. */
const RECENT_MS = 2_000;

/** Where it is shown: stdout, or what a test reads. */
export type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): boolean };

/** Lines of what happens, and under them (on a terminal) one that is kept current. */
export class Progress {
  private readonly timer: NodeJS.Timeout;
  private live = '';

  constructor(
    private readonly journal: Journal,
    private readonly out: Screen,
  ) {
    this.timer = setInterval(() => this.refresh(), out.isTTY ? TTY_EVERY_MS : PLAIN_EVERY_MS);
  }

  /** A line that stays. */
  tell(text: string): void {
    const seconds = (this.journal.nowMs() / 1000).toFixed(1).padStart(5);
    this.out.write(`${this.erase()}${seconds} s  ${text}\n`);
    if (this.out.isTTY) this.out.write(this.live);
  }

  stop(): void {
    clearInterval(this.timer);
    this.out.write(this.erase());
    this.live = '';
  }

  private refresh(): void {
    if (!this.out.isTTY) return this.tell(this.status());
    const previous = this.erase();
    this.live = `        ${this.status()}`.slice(0, this.out.columns - 1);
    this.out.write(previous + this.live);
  }

  private erase(): string {
    return this.out.isTTY && this.live !== '' ? '\r\x1b[2K' : '';
  }

  private status(): string {
    const calls = this.journal.calls.filter(({ lane }) => lane === 'signalbox').length;
    const rate = (lane: Lane) => {
      const inLane = this.journal.calls.filter((call) => call.lane === lane);
      return inLane.length === 0
        ? '–'
        : percent(inLane.filter(({ end }) => end === 'success').length / inLane.length);
    };
    return `${calls} calls, ${rate('signalbox')} ok (primary only ${rate('primaryOnly')}) │ ${this.favourites()}`;
  }

  /** Where most calls of each service went in the last moments. */
  private favourites(): string {
    const sinceMs = this.journal.nowMs() - RECENT_MS;
    const byService = new Map<ServiceName, Map<string, number>>();
    for (const { lane, service, nodeId, endedAtMs } of this.journal.attempts) {
      if (lane !== 'signalbox' || endedAtMs < sinceMs) continue;
      const nodes = byService.get(service) ?? new Map<string, number>();
      byService.set(service, nodes.set(nodeId, (nodes.get(nodeId) ?? 0) + 1));
    }
    return [...byService]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([service, nodes]) => {
        const [nodeId] = [...nodes].reduce((most, next) => (next[1] > most[1] ? next : most));
        return `${service}→${nodeId.slice(service.length + 1)}`;
      })
      .join(' ');
  }
}
