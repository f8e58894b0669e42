import { Controller } from '@nestjs/common';
import { OnFactBatch } from '@signalbox/messaging';
import { ProcessEvents } from './process-events.js';

/**
 * Behind the stream: a message that an event was received makes one replica look for what is due. Which event that is
 * PostgreSQL says: the most urgent one, that has waited for longest, in the order of its entity. A message is done
 * with when a round has begun after it came; what is not due then is found when it is.
 */
@Controller()
export class ReceivedConsumer {
  constructor(private readonly process: ProcessEvents) {}

  @OnFactBatch('webhooks.received', {
    consumer: 'webhook-handlers',
    // Together, so that one round handles a burst; soon, so that nobody notices.
    maxMessages: 500,
    maxWaitMs: 25,
    from: 'all',
  })
  async received(): Promise<void> {
    await this.process.wake();
  }
}
