import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  SignalboxError,
  type AlertView,
  type AlertsQuery,
  type Page,
  type ServiceName,
  type StandingAlerts,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { AlertStore, viewOf, type AlertRecord, type AlertTransaction } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { AlertNews } from './alert-news.js';
import { AlertingRules } from './alerting-rules.js';
import {
  acknowledged,
  ended,
  isUrgent,
  latestBy,
  raised,
  type End,
  type Raise,
  type Signal,
} from './lifecycle.js';
import { clock } from './wording.js';

/** Standing alerts of one service and kind; what comes beyond is told as one. */
export const MOST_OF_A_KIND = 50;
const MOST_SHOWN = 50;
/** What nobody tells again waits here while PostgreSQL is away. */
const MOST_WAITING = 100;
/** Many pages ask at once: one look serves them all for this long. */
const FRESH_MS = 1_000;
/** What stood so long ago says little of now. */
const USABLE_MS = 60_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What asks for a person's attention, fleet-wide: raised, looked at, over. */
@Injectable()
export class Alerts {
  private readonly logger = new Logger(Alerts.name);
  private waiting: Signal[] = [];
  private looking: Promise<void> | undefined;
  private isFresh = false;
  private known: { items: AlertView[]; atMs: number } | null = null;

  constructor(
    private readonly store: AlertStore,
    private readonly rules: AlertingRules,
    private readonly news: AlertNews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The open and acknowledged alerts about what `isShown` (null: about no one service), at most a second old; while
   * PostgreSQL is away, as they were up to a minute ago.
   * @throws SignalboxError DEPENDENCY_UNAVAILABLE when it is away for longer
   */
  async standing(isShown: (serviceName: ServiceName | null) => boolean): Promise<StandingAlerts> {
    const items = (await this.allStanding()).filter(({ serviceName }) => isShown(serviceName));
    const of = (severity: string) => items.filter((alert) => alert.severity === severity).length;
    return {
      ...{ warning: of('warning'), critical: of('critical'), emergency: of('emergency') },
      items: items.slice(0, MOST_SHOWN),
    };
  }

  /** Newest first. `services` null: all, and those about none. */
  async list(query: AlertsQuery, services: readonly ServiceName[] | null): Promise<Page<AlertView>> {
    this.assertLoaded();
    return this.store.list(query, services);
  }

  /**
   * Somebody looks at it. `assertMayTouch` throws when it is none of theirs. What it was and is now; the same when somebody
   * looked before.
   * @throws SignalboxError NOT_FOUND
   */
  async acknowledge(
    alertId: string,
    by: string,
    assertMayTouch: (alert: AlertView) => void,
  ): Promise<{ before: AlertView; after: AlertView }> {
    this.assertLoaded();
    if (!UUID.test(alertId)) throw unknown(alertId);
    const nowMs = this.clock.nowMs();
    const change = await this.store.change(nowMs, async (alerts) => {
      const before = await alerts.byId(alertId);
      if (before === null) throw unknown(alertId);
      assertMayTouch(viewOf(before));
      const after = acknowledged(before, by, nowMs);
      if (after !== before) this.save(alerts, after, before);
      return { before: viewOf(before), after: viewOf(after) };
    });
    this.changed();
    return change;
  }

  /** Takes what facts say, each fact once; all of it or nothing. Rejects with DEPENDENCY_UNAVAILABLE. */
  async take(signals: readonly Signal[]): Promise<void> {
    if (signals.length === 0) return;
    this.assertLoaded();
    const nowMs = this.clock.nowMs();
    await this.store.change(nowMs, (alerts) => this.takeWithin(alerts, signals, nowMs));
    this.changed();
  }

  /** As {@link take}, for what is told only once: it waits while PostgreSQL is away. Never rejects. */
  async report(signal: Signal): Promise<void> {
    this.waiting = [...this.waiting, signal].slice(-MOST_WAITING);
    await this.takeWaiting();
  }

  /** Takes what waits, if it can be taken now. Never rejects. */
  async takeWaiting(): Promise<void> {
    const signals = this.waiting;
    if (signals.length === 0) return;
    try {
      await this.take(signals);
      this.waiting = this.waiting.filter((signal) => !signals.includes(signal));
    } catch (error) {
      this.logger.warn(`${signals.length} alerts wait to be raised: ${String(error)}`);
    }
  }

  /** As {@link take}, as part of a change; call {@link changed} when that is committed. */
  async takeWithin(alerts: AlertTransaction, signals: readonly Signal[], nowMs: number): Promise<void> {
    const facts = signals.map(({ factId, key, at, does }) => ({ factId, key, at, ends: does === 'end' }));
    const fresh = await alerts.take(facts);
    for (const signal of signals) {
      // Once, also when the fact came twice at a time.
      if (!fresh.delete(signal.factId)) continue;
      if (signal.does === 'end') await this.end(alerts, signal);
      else if (!isOver(signal, nowMs) && !(await alerts.endedSince(signal.key, latestBy(signal), fresh)))
        await this.raise(alerts, signal, nowMs);
    }
  }

  /** Something was committed: whoever looks on is told soon, and the next look is a fresh one. */
  changed(): void {
    this.isFresh = false;
    void this.news.tellSoon();
  }

  private async raise(alerts: AlertTransaction, raise: Raise, nowMs: number): Promise<void> {
    const known = await alerts.latest(raise.key);
    const escalateAfterMinutes = this.rules.escalateAfterMinutes(raise.serviceName);
    const context = { nowMs, newId: randomUUID, escalateAfterMinutes };
    const alert = raised(known, raise, context);
    const isNew = alert.alertId !== known?.alertId;
    if (isNew && (await alerts.standing(raise.serviceName, raise.kind)) >= MOST_OF_A_KIND) {
      const others = oneOfMany(raise);
      const knownOthers = await alerts.latest(others.key);
      this.save(alerts, raised(knownOthers, others, context), knownOthers);
    } else {
      this.save(alerts, alert, isNew ? null : known);
    }
  }

  private async end(alerts: AlertTransaction, end: End): Promise<void> {
    const known = await alerts.latest(end.key);
    if (known === null) return;
    const alert = ended(known, end);
    if (alert !== known) this.save(alerts, alert, known);
  }

  private save(alerts: AlertTransaction, alert: AlertRecord, before: AlertRecord | null): void {
    if (before === null) this.logger.warn(`${alert.severity}: ${alert.message}`);
    alerts.save(alert, { critical: isUrgent(alert, before) });
  }

  private assertLoaded(): void {
    if (this.rules.areLoaded) return;
    throw new SignalboxError(
      'DEPENDENCY_UNAVAILABLE',
      'PostgreSQL has not been reached since this process started',
      {
        dependency: 'postgresql',
      },
    );
  }

  private async allStanding(): Promise<AlertView[]> {
    const nowMs = this.clock.nowMs();
    if (this.known !== null && this.isFresh && nowMs - this.known.atMs < FRESH_MS) return this.known.items;
    try {
      await (this.looking ??= this.look(nowMs).finally(() => (this.looking = undefined)));
    } catch (error) {
      const isAway = error instanceof SignalboxError && error.code === 'DEPENDENCY_UNAVAILABLE';
      if (!isAway || this.known === null || nowMs - this.known.atMs > USABLE_MS) throw error;
    }
    return this.known?.items ?? [];
  }

  private async look(nowMs: number): Promise<void> {
    this.assertLoaded();
    this.isFresh = true;
    this.known = { items: await this.store.standing(), atMs: nowMs };
  }
}

function unknown(alertId: string): SignalboxError {
  return new SignalboxError('NOT_FOUND', `There is no alert ${alertId.slice(0, 64)}`);
}

function isOver({ endsAt }: Raise, nowMs: number): boolean {
  return endsAt !== null && Date.parse(endsAt) <= nowMs;
}

/** Where as many stand as a person can read, the next ones share one alert. */
function oneOfMany(raise: Raise): Raise {
  const about = raise.serviceName ?? 'no one service';
  return {
    ...raise,
    key: `${raise.kind}:${raise.serviceName ?? '-'}:others`,
    nodeId: null,
    endsAt: null,
    endsByAcknowledgement: true,
    message: ({ times, amount, since }) =>
      `More than ${MOST_OF_A_KIND} alerts of this kind stand about ${about}; ${times} more since ${clock(since)}, at last: ` +
      raise.message({ times: 1, amount, since: raise.at }),
    advice: `Acknowledge what has been seen to, so that new alerts show one by one. ${raise.advice}`,
  };
}
