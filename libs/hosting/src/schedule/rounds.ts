import type { Logger } from '@nestjs/common';

/** Work that a process does again and again. */
export interface RoundsOptions {
  /** What goes on, for people: "Old requests are deleted". The first words of what is logged, and the metric's label. */
  work: string;
  everyMs: number;
  /** What goes wrong in it is logged, and counted: the next round is the next try. */
  round: () => Promise<void> | void;
  /** False: there is no round now, and another replica may have the turn. */
  isReady?: () => boolean;
  /** What holds while it fails, for whoever reads the log: "Leased amounts stay usable". */
  meanwhile?: string;
  /** The first round is at the start, not a period after it. */
  atOnce?: boolean;
}

/** Who may do a round: one replica of a fleet, for work that one does for all. */
export interface Turn {
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/** A failure that goes on is not logged with each round, but this often. */
const SAY_AGAIN_MS = 60_000;

/**
 * One piece of recurring work. A round is never begun while one goes on: those that would have been are left out.
 */
export class Rounds {
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> | undefined;
  private failures = 0;
  private saidAtMs = -Infinity;

  constructor(
    private readonly options: RoundsOptions,
    private readonly logger: Pick<Logger, 'warn' | 'log'>,
    private readonly failed: () => void,
    private readonly turn?: Turn,
  ) {}

  get work(): string {
    return this.options.work;
  }

  get isBusy(): boolean {
    return this.current !== undefined;
  }

  start(): void {
    this.timer = setInterval(() => void this.now(), this.options.everyMs);
    if (this.options.atOnce === true) void this.now();
  }

  /** No more rounds. Resolves when the one that goes on has ended, and another replica may take over. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.current;
    await this.turn?.release().catch(() => undefined);
  }

  /** A round out of turn, unless one goes on. Resolves when it has ended, well or not. */
  now(): Promise<void> {
    return (this.current ??= this.run().finally(() => (this.current = undefined)));
  }

  private async run(): Promise<void> {
    const { work, round, everyMs, meanwhile, isReady } = this.options;
    if (isReady?.() === false) return;
    try {
      if (this.turn !== undefined && !(await this.turn.isHeld())) return;
      await round();
      if (this.failures > 0) this.logger.log(`${work}: works again after ${this.failures} failed rounds`);
      this.failures = 0;
      this.saidAtMs = -Infinity;
    } catch (error) {
      this.failures += 1;
      this.failed();
      const nowMs = performance.now();
      if (nowMs - this.saidAtMs < SAY_AGAIN_MS) return;
      this.saidAtMs = nowMs;
      const soFar = meanwhile === undefined ? '' : `. ${meanwhile}.`;
      this.logger.warn(`${work}: failed, next try ${within(everyMs)}: ${String(error)}${soFar}`);
    }
  }
}

function within(ms: number): string {
  if (ms < 1_000) return `in ${ms} ms`;
  if (ms < 60_000) return `in ${Math.round(ms / 1_000)} s`;
  return `in ${Math.round(ms / 60_000)} min`;
}
