import { Inject, Injectable } from '@nestjs/common';
import { toUsd } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { spentMicroUsdOf, type OverrideState } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';

/**
 * Tells that an override ended, when it was spending reported from here that ended it: whoever ends one tells, and the
 * event's id is the same whoever does.
 */
@Injectable()
export class OverrideEnds {
  constructor(
    @Inject(MessageBus) private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  tell(state: OverrideState): void {
    const { phase, terms } = state;
    if (phase.kind !== 'ended') return;
    const eventId = `${terms.overrideId}:ended`;
    const occurredAt = new Date(this.clock.nowMs()).toISOString();
    const spentUsd = toUsd(spentMicroUsdOf(state));
    this.bus.post('overrides.ended', terms.serviceName, {
      eventId,
      occurredAt,
      serviceName: terms.serviceName,
      coordinationId: terms.overrideId,
      endReason: phase.reason,
      endedBy: 'signalbox',
      spentUsd,
    });
    this.bus.post('audit.recorded', undefined, {
      eventId: `audit:${eventId}`,
      occurredAt,
      actor: 'signalbox',
      role: 'service',
      action: 'override.ended',
      object: `override:${terms.overrideId}`,
      serviceName: terms.serviceName,
      before: { phase: 'active' },
      after: { phase: phase.reason, spentUsd },
      correlationId: terms.overrideId,
    });
  }
}
