import { SignalboxError, type EventMap, type Fact } from '@signalbox/contracts';
import type { MessageBus, ScopeOf } from '@signalbox/messaging';

/**
 * Resolves when JetStream has stored the fact or, while NATS is away, when the bounded outbox has it. Both go
 * under the same message id: a publication that was stored although its answer was lost is not stored twice.
 */
export async function tellDurably<F extends Fact>(
  bus: MessageBus,
  fact: F,
  scope: ScopeOf<F>,
  event: EventMap[F],
  correlationId: string | undefined,
): Promise<void> {
  const options = correlationId === undefined ? {} : { correlationId };
  if (bus.state === 'connected') {
    try {
      await bus.publish(fact, scope, event, options);
      return;
    } catch (error) {
      if (!(error instanceof SignalboxError) || error.code !== 'DEPENDENCY_UNAVAILABLE') throw error;
    }
  }
  bus.post(fact, scope, event, options);
}
