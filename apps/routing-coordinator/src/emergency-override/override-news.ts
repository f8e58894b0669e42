import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { toUsd } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import { spentMicroUsdOf } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '@signalbox/hosting';
import type { SharedOverride } from './shared-override.js';

/** Broadcasts that an override began or ended. */
@Injectable()
export class OverrideNews {
  private readonly logger = new Logger(OverrideNews.name);

  constructor(
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  activated(shared: SharedOverride, selectedProvider: string): void {
    const { request, state, activatedBy } = shared;
    const { overrideId, serviceName, expiresAtMs } = state.terms;
    this.logger.warn(
      `Emergency override ${overrideId} of ${serviceName}: $${request.maxBudgetOverride} for ${request.durationMinutes} min by ${activatedBy} (${request.emergencyReason})`,
    );
    this.bus.post('overrides.activated', serviceName, {
      eventId: `${overrideId}:activated`,
      occurredAt: this.now(),
      serviceName,
      coordinationId: overrideId,
      emergencyReason: request.emergencyReason,
      businessJustification: request.businessJustification,
      maxBudgetOverride: request.maxBudgetOverride,
      durationMinutes: request.durationMinutes,
      selectedProvider,
      activatedBy,
      expiresAt: new Date(expiresAtMs).toISOString(),
    });
  }

  /** Tells the end, once, by whoever's change ended it; its audit line too when nobody asked for it. */
  endedIfSo(shared: SharedOverride, endedBy: string): void {
    const { phase, terms } = shared.state;
    if (phase.kind !== 'ended') return;
    const spentUsd = toUsd(spentMicroUsdOf(shared.state));
    this.logger.warn(
      `Emergency override ${terms.overrideId} of ${terms.serviceName} ended: ${phase.reason}, $${spentUsd} spent`,
    );
    this.bus.post('overrides.ended', terms.serviceName, {
      eventId: `${terms.overrideId}:ended`,
      occurredAt: this.now(),
      serviceName: terms.serviceName,
      coordinationId: terms.overrideId,
      endReason: phase.reason,
      endedBy,
      spentUsd,
    });
    this.bus.post('audit.recorded', undefined, {
      eventId: randomUUID(),
      occurredAt: this.now(),
      actor: endedBy,
      role: endedBy === 'signalbox' ? 'service' : 'admin',
      action: 'override.ended',
      object: `override:${terms.overrideId}`,
      serviceName: terms.serviceName,
      before: { phase: 'active' },
      after: { phase: phase.reason, spentUsd },
      correlationId: terms.overrideId,
    });
  }

  private now(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }
}
