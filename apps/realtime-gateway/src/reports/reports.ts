import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, reportSubject, type Envelope, type ReportName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';

/** Apps answer from memory or with one quick query. */
const TIMEOUT_MS = 1_500;
/** Many pages ask at once: one question serves them all for this long. */
const FRESH_MS = 1_000;

/** What an app said, and when: `null` when it never answered; `stale` when it did not answer just now. */
export interface Report<T> {
  data: T | null;
  asOf: string | null;
  stale: boolean;
}

interface Known {
  data: unknown;
  atMs: number;
}

/** How things stand in the other apps: asked for over NATS; the last answer while one is away. */
@Injectable()
export class Reports {
  private readonly known = new Map<ReportName, Known>();
  private readonly asking = new Map<ReportName, Promise<void>>();

  constructor(
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Never rejects: an app that is away leaves its last answer, marked as stale. */
  async ask<T>(name: ReportName): Promise<Report<T>> {
    const askedAtMs = this.clock.nowMs();
    if (askedAtMs - (this.known.get(name)?.atMs ?? -Infinity) >= FRESH_MS) await this.refresh(name);
    const known = this.known.get(name);
    if (known === undefined) return { data: null, asOf: null, stale: true };
    return {
      data: known.data as T,
      asOf: new Date(known.atMs).toISOString(),
      stale: known.atMs < askedAtMs - FRESH_MS,
    };
  }

  private refresh(name: ReportName): Promise<void> {
    const running = this.asking.get(name);
    if (running !== undefined) return running;
    const question = this.question(name).finally(() => this.asking.delete(name));
    this.asking.set(name, question);
    return question;
  }

  private async question(name: ReportName): Promise<void> {
    try {
      const answer = await this.bus.request<Envelope<unknown>>(
        reportSubject(name),
        {},
        { timeoutMs: TIMEOUT_MS },
      );
      if (answer.success) this.known.set(name, { data: answer.data, atMs: this.clock.nowMs() });
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
    }
  }
}
