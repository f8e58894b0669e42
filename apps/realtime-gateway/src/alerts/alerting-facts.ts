import { Controller } from '@nestjs/common';
import type { EventMap } from '@signalbox/contracts';
import { OnFact, OnFactBatch, type OnFactBatchOptions, type OnFactOptions } from '@signalbox/messaging';
import { Alerts } from './alerts.js';
import type { Signal } from './lifecycle.js';
import { signalsOf, type AlertingFact } from './signals-of.js';

/** News as they happen. What comes at a time is one change of its alert, however much it is. */
const NEWS: OnFactBatchOptions = { consumer: 'alerts', maxMessages: 200, maxWaitMs: 50 };
/** How things are: on the first start, from what began before and may still last. */
const STATES: OnFactBatchOptions = { ...NEWS, from: 'all' };

/** A circuit opens and closes within a second, told by machines whose clocks differ: what counts is the order. */
const CIRCUITS: OnFactOptions = {
  consumer: 'alerts',
  delivery: 'one-replica',
  concurrency: 1,
  timeoutMs: 10_000,
  from: 'all',
};

/**
 * Turns what the apps tell into alerts. Replicas share the facts and take all but those of circuits in any order: each
 * counts once, and none begins what a later one has ended.
 */
@Controller()
export class AlertingFacts {
  constructor(private readonly alerts: Alerts) {}

  @OnFact('circuits.changed', CIRCUITS)
  circuit(event: EventMap['circuits.changed']): Promise<void> {
    return this.take('circuits.changed', [event]);
  }

  @OnFactBatch('health.degraded', STATES)
  degraded(events: EventMap['health.degraded'][]): Promise<void> {
    return this.take('health.degraded', events);
  }

  @OnFactBatch('health.recovered', STATES)
  recovered(events: EventMap['health.recovered'][]): Promise<void> {
    return this.take('health.recovered', events);
  }

  @OnFactBatch('recoveries.changed', STATES)
  recoveries(events: EventMap['recoveries.changed'][]): Promise<void> {
    return this.take('recoveries.changed', events);
  }

  @OnFactBatch('overrides.activated', STATES)
  overridesActivated(events: EventMap['overrides.activated'][]): Promise<void> {
    return this.take('overrides.activated', events);
  }

  @OnFactBatch('overrides.ended', STATES)
  overridesEnded(events: EventMap['overrides.ended'][]): Promise<void> {
    return this.take('overrides.ended', events);
  }

  @OnFactBatch('budgets.alerted', STATES)
  budgets(events: EventMap['budgets.alerted'][]): Promise<void> {
    return this.take('budgets.alerted', events);
  }

  @OnFactBatch('limits.alerted', NEWS)
  limits(events: EventMap['limits.alerted'][]): Promise<void> {
    return this.take('limits.alerted', events);
  }

  @OnFactBatch('anomalies.detected', NEWS)
  anomalies(events: EventMap['anomalies.detected'][]): Promise<void> {
    return this.take('anomalies.detected', events);
  }

  @OnFactBatch('batches.failed', NEWS)
  batches(events: EventMap['batches.failed'][]): Promise<void> {
    return this.take('batches.failed', events);
  }

  @OnFactBatch('webhooks.processed', NEWS)
  webhooks(events: EventMap['webhooks.processed'][]): Promise<void> {
    return this.take('webhooks.processed', events);
  }

  @OnFactBatch('security.alerted', NEWS)
  security(events: EventMap['security.alerted'][]): Promise<void> {
    return this.take('security.alerted', events);
  }

  private take<F extends AlertingFact>(fact: F, events: readonly EventMap[F][]): Promise<void> {
    const signals = signalsOf[fact] as (event: EventMap[F]) => Signal[];
    return this.alerts.take(events.flatMap(signals));
  }
}
