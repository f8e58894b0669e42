import { Controller } from '@nestjs/common';
import type { OutcomeReported } from '@signalbox/contracts';
import { OnFact } from '@signalbox/messaging';
import { COUNTED_PREFIX, TakeOutcome } from './take-outcome.js';

/** Outcomes that services publish on NATS: one replica counts each, gossip brings the others up. */
@Controller()
export class OutcomeConsumer {
  constructor(private readonly takeOutcome: TakeOutcome) {}

  @OnFact('outcomes.reported', { consumer: 'node-facts', delivery: 'one-replica' })
  async onOutcome(event: OutcomeReported): Promise<void> {
    if (!event.eventId.startsWith(COUNTED_PREFIX)) await this.takeOutcome.count(event);
  }
}
