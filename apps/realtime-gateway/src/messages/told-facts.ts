import { Controller } from '@nestjs/common';
import type { EventMap } from '@signalbox/contracts';
import { OnFact, type OnFactOptions } from '@signalbox/messaging';
import { Rooms } from '../rooms/rooms.js';
import { messagesOf, type RoomEntry, type ToldFact } from './messages-of.js';

/** One gateway of the fleet numbers a fact's messages, in the order of the facts; all of them deliver. */
const IN_ORDER: OnFactOptions = {
  consumer: 'rooms',
  delivery: 'one-replica',
  concurrency: 1,
  // Twice NATS's own: what a killed gateway had in hand holds up what comes behind it for 6 s, not for 45.
  timeoutMs: 4_000,
};
/** Decisions stand for themselves, and come too fast for one at a time. */
const ANY_ORDER: OnFactOptions = { ...IN_ORDER, concurrency: 64 };

/** Turns what the apps tell each other into what front ends are shown. A fact that comes twice is one message. */
@Controller()
export class ToldFacts {
  constructor(private readonly rooms: Rooms) {}

  @OnFact('decisions.made', ANY_ORDER)
  decision(event: EventMap['decisions.made']): Promise<void> {
    return this.tell('decisions.made', event);
  }

  @OnFact('coordination.synced', ANY_ORDER)
  synced(event: EventMap['coordination.synced']): Promise<void> {
    return this.tell('coordination.synced', event);
  }

  @OnFact('overrides.activated', IN_ORDER)
  overrideActivated(event: EventMap['overrides.activated']): Promise<void> {
    return this.tell('overrides.activated', event);
  }

  @OnFact('overrides.ended', IN_ORDER)
  overrideEnded(event: EventMap['overrides.ended']): Promise<void> {
    return this.tell('overrides.ended', event);
  }

  @OnFact('circuits.changed', IN_ORDER)
  circuit(event: EventMap['circuits.changed']): Promise<void> {
    return this.tell('circuits.changed', event);
  }

  @OnFact('health.degraded', IN_ORDER)
  degraded(event: EventMap['health.degraded']): Promise<void> {
    return this.tell('health.degraded', event);
  }

  @OnFact('health.recovered', IN_ORDER)
  recovered(event: EventMap['health.recovered']): Promise<void> {
    return this.tell('health.recovered', event);
  }

  @OnFact('anomalies.detected', IN_ORDER)
  anomaly(event: EventMap['anomalies.detected']): Promise<void> {
    return this.tell('anomalies.detected', event);
  }

  @OnFact('budgets.alerted', IN_ORDER)
  budgetAlert(event: EventMap['budgets.alerted']): Promise<void> {
    return this.tell('budgets.alerted', event);
  }

  @OnFact('budgets.state', IN_ORDER)
  budgetState(event: EventMap['budgets.state']): Promise<void> {
    return this.tell('budgets.state', event);
  }

  @OnFact('limits.alerted', IN_ORDER)
  limitAlert(event: EventMap['limits.alerted']): Promise<void> {
    return this.tell('limits.alerted', event);
  }

  @OnFact('batches.completed', IN_ORDER)
  batchCompleted(event: EventMap['batches.completed']): Promise<void> {
    return this.tell('batches.completed', event);
  }

  @OnFact('batches.failed', IN_ORDER)
  batchFailed(event: EventMap['batches.failed']): Promise<void> {
    return this.tell('batches.failed', event);
  }

  @OnFact('webhooks.received', ANY_ORDER)
  webhookReceived(event: EventMap['webhooks.received']): Promise<void> {
    return this.tell('webhooks.received', event);
  }

  @OnFact('webhooks.processed', ANY_ORDER)
  webhookProcessed(event: EventMap['webhooks.processed']): Promise<void> {
    return this.tell('webhooks.processed', event);
  }

  @OnFact('security.alerted', IN_ORDER)
  securityAlert(event: EventMap['security.alerted']): Promise<void> {
    return this.tell('security.alerted', event);
  }

  private async tell<F extends ToldFact>(fact: F, event: EventMap[F]): Promise<void> {
    const entriesOf = messagesOf[fact] as (event: EventMap[F]) => RoomEntry[];
    for (const { room, message } of entriesOf(event)) {
      await this.rooms.append(room, `${event.eventId}:${message.eventType}`, message);
    }
  }
}
