import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { HealthChanged, RecoveryChanged } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import type { RecoveryAct } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { CLOCK } from '@signalbox/hosting';
import type { SharedRecovery } from './active-recoveries.js';

/** Tells the world about a recovery: its record, what depends on the service, and the admins when only they can help. */
@Injectable()
export class RecoveryNews {
  private readonly logger = new Logger(RecoveryNews.name);

  constructor(
    private readonly bus: MessageBus,
    private readonly catalog: LiveCatalog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  tell(recovery: SharedRecovery, acts: readonly RecoveryAct[]): void {
    const event = this.changedOf(recovery);
    this.bus.post('recoveries.changed', event.serviceName, event);
    this.logger.warn(
      `Recovery of ${event.serviceName} (${event.action}): ${event.step ?? `ended, ${event.endReason ?? ''}`}`,
    );
    for (const act of acts) this.tellAct(act, recovery);
  }

  private changedOf({ activation, triggerEventId }: SharedRecovery): RecoveryChanged {
    const { plan, state } = activation;
    const ended = state.kind === 'ended';
    return {
      eventId: `recovery:${activation.activationId}:${ended ? 'ended' : state.step}`,
      occurredAt: this.now(),
      serviceName: plan.serviceName,
      activationId: activation.activationId,
      action: plan.action,
      focus: activation.focus,
      triggerEventId,
      failedNodeIds: [...plan.failedNodeIds],
      startedAt: new Date(activation.startedAtMs).toISOString(),
      step: ended ? null : (plan.steps[state.step]?.name ?? null),
      endedAt: ended ? new Date(state.endedAtMs).toISOString() : null,
      endReason: ended ? state.reason : null,
    };
  }

  private tellAct(act: RecoveryAct, { activation }: SharedRecovery): void {
    if (act.kind === 'weigh_nodes') return;
    const event: HealthChanged = {
      eventId: randomUUID(),
      occurredAt: this.now(),
      serviceName: act.serviceName,
      nodeId: null,
      severity: act.kind === 'ask_for_override' ? 'critical' : 'high',
      reason:
        act.kind === 'ask_for_override'
          ? `The budget of ${act.serviceName} is used up: only an emergency override lets more through`
          : `${act.serviceName} is recovering by ${activation.plan.action}`,
      measured: null,
      threshold: null,
      unit: null,
      dependents: [...(this.catalog.find(act.serviceName)?.service.dependents ?? [])],
    };
    this.bus.post('health.degraded', act.serviceName, event);
  }

  private now(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }
}
