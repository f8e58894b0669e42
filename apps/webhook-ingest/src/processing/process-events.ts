import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import {
  Database,
  WebhookWork,
  type ClaimedEvent,
  type FactToTell,
  type WorkResult,
} from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { WEBHOOK_INGEST_SETTINGS, type WebhookIngestSettings } from '../config.js';
import { WebhookCounts } from '../statistics/webhook-counts.js';
import { StoreEvents } from '../storing/store-events.js';
import { TellFacts } from '../telling/tell-facts.js';
import { AttemptEvent, type Attempt } from './attempt-event.js';
import { factsOf, outboxRowsOf, type ToldFacts } from './facts-of.js';
import { GiveWay } from './give-way.js';

/** Claimed at a time: some milliseconds' work, so that a critical event never waits for long. */
const EVENTS_A_ROUND = 200;
/** Entities handled at a time; handlers that wait for nothing are through in one turn anyway. */
const CONCURRENCY = 16;
/** Finds what became due by itself: retries, and events whose message got lost. */
const LOOK_EVERY_MS = 250;

/** Handlers that wait for nothing give way to the rest of the process that often. */
const SLICE_MS = 2;
const SETTLE_AGAIN_MS = 250;

interface Done {
  event: ClaimedEvent;
  attempt: Attempt;
  told: ToldFacts | null;
  /** The same, as they are written down. */
  facts: FactToTell[];
}

/**
 * Processes events in rounds: claim, attempt, write down. PostgreSQL says what is due and in which order; the stream
 * says when to look. A round is written in one transaction with the facts that follow from it, under its own claim: a
 * process that dies, or comes too late, has no effect, and the events are claimed again.
 */
@Injectable()
export class ProcessEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ProcessEvents.name);
  private timer: NodeJS.Timeout | undefined;
  private current: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private isStopping = false;
  private readonly way = new GiveWay();

  constructor(
    private readonly work: WebhookWork,
    private readonly attemptEvent: AttemptEvent,
    private readonly facts: TellFacts,
    private readonly receipts: StoreEvents,
    private readonly counts: WebhookCounts,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WEBHOOK_INGEST_SETTINGS) private readonly settings: WebhookIngestSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      if (this.next === undefined && this.database.state === 'connected') this.lookAgain();
    }, LOOK_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await (this.next ?? this.current).catch(() => undefined);
  }

  /**
   * Resolves when a round has begun after this call and is over. Rejects with DEPENDENCY_UNAVAILABLE while PostgreSQL
   * is away.
   */
  wake(): Promise<void> {
    this.next ??= this.current
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        this.current = this.round();
        return this.current;
      });
    return this.next;
  }

  private lookAgain(): void {
    this.wake().catch((error: unknown) => this.logger.debug(`Events are processed later: ${String(error)}`));
  }

  private async round(): Promise<void> {
    if (this.isStopping) return;
    const claim = randomUUID();
    const nowMs = this.clock.nowMs();
    const events = await this.work.claim({
      claim,
      nowMs,
      claimedUntilMs: nowMs + this.settings.webhookLeaseMs,
      limit: EVENTS_A_ROUND,
      criticalOnly: this.way.mustWait(this.receipts.waitMs, nowMs),
    });
    if (events.length === 0) return;
    const done = await this.attemptAll(events);
    const mine = await this.settle(claim, done, nowMs + this.settings.webhookLeaseMs);
    for (const one of done) if (mine.has(one.event.eventId)) this.conclude(one);
    if (events.length >= EVENTS_A_ROUND) this.lookAgain();
  }

  /** While PostgreSQL is away the results wait, for as long as they are ours: nothing has to be handled twice. */
  private async settle(claim: string, done: readonly Done[], claimedUntilMs: number): Promise<Set<string>> {
    for (;;) {
      try {
        return await this.work.settle(claim, this.settings.replicaId, done.map(resultOf));
      } catch (error) {
        const isPassing = error instanceof SignalboxError && error.status === 503;
        if (!isPassing || this.isStopping || this.clock.nowMs() + SETTLE_AGAIN_MS >= claimedUntilMs)
          throw error;
        await delay(SETTLE_AGAIN_MS);
      }
    }
  }

  /** The events of an entity one after the other; entities side by side. */
  private async attemptAll(events: readonly ClaimedEvent[]): Promise<Done[]> {
    const chains = [...chainsOf(events)];
    const done: Done[] = [];
    let sliceMs = performance.now();
    const worker = async (): Promise<void> => {
      for (let chain = chains.shift(); chain !== undefined; chain = chains.shift()) {
        done.push(...(await this.attemptChain(chain)));
        if (performance.now() - sliceMs < SLICE_MS) continue;
        // Receiving goes before processing: whoever waits for an answer gets it in between.
        await nextTurn();
        sliceMs = performance.now();
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, chains.length) }, worker));
    return done;
  }

  /** Those behind one that is not finished wait with it. */
  private async attemptChain(chain: readonly ClaimedEvent[]): Promise<Done[]> {
    const done: Done[] = [];
    let isHeldUp = false;
    for (const event of chain) {
      const attempt: Attempt = isHeldUp
        ? untouched(this.clock.nowMs())
        : await this.attemptEvent.execute(event);
      isHeldUp ||= attempt.outcome === 'retrying' || attempt.outcome === 'released';
      const told = factsOf(event, attempt, this.clock.nowMs());
      done.push({ event, attempt, told, facts: told === null ? [] : outboxRowsOf(told) });
    }
    return done;
  }

  /** It is written down: now it is told and counted. */
  private conclude({ event, attempt, told, facts }: Done): void {
    const { serviceName } = event;
    const { outcome } = attempt;
    if (outcome === 'retrying' || outcome === 'dead') {
      this.counts.count(serviceName, 'failed');
      const { handler, reason } = attempt;
      this.logger.warn(
        `${event.eventId} (${event.type}) failed in ${handler ?? 'no handler'}, ${outcome}: ${reason}`,
      );
    }
    if (told === null) return;
    const { processed } = told;
    this.counts.count(serviceName, processed.state);
    this.counts.processing(serviceName, processed.latencyMs);
    for (const fact of facts) this.facts.tell(fact);
  }
}

/** In the order they came: critical ones first. */
function chainsOf(events: readonly ClaimedEvent[]): Iterable<ClaimedEvent[]> {
  const chains = new Map<string, ClaimedEvent[]>();
  for (const event of events) {
    const key = event.entity === null ? event.eventId : `${event.serviceName} ${event.entity}`;
    const chain = chains.get(key);
    if (chain === undefined) chains.set(key, [event]);
    else chain.push(event);
  }
  const isUrgent = (chain: readonly ClaimedEvent[]) => chain.some(({ critical }) => critical);
  return [...chains.values()].sort((a, b) => Number(isUrgent(b)) - Number(isUrgent(a)));
}

function untouched(nowMs: number): Attempt {
  return {
    outcome: 'released',
    handler: null,
    dueAtMs: null,
    reason: null,
    startedAtMs: nowMs,
    durationMs: 0,
    interpreted: null,
  };
}

function resultOf({ event, attempt, facts }: Done): WorkResult {
  const { interpreted: _interpreted, ...rest } = attempt;
  return { eventId: event.eventId, ...rest, facts };
}
