import { Inject, Injectable } from '@nestjs/common';
import type { ErrorReported } from '@signalbox/contracts';
import { RoutingEngine } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { LRUCache } from 'lru-cache';
import { CLOCK } from '@signalbox/hosting';
import { AgentConnections } from './agent-connections.js';
import { CriticalErrors } from './critical-errors.js';

/** Longer than JetStream's duplicate window at any rate of errors worth handling. */
const REMEMBERED_EVENTS = 50_000;

/** Takes one error event into this replica's facts: its nodes weigh less from the next decision on. Once per event. */
@Injectable()
export class WeighError {
  private readonly taken = new LRUCache<string, true>({ max: REMEMBERED_EVENTS });

  constructor(
    private readonly engine: RoutingEngine,
    private readonly connections: AgentConnections,
    private readonly critical: CriticalErrors,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** False when this replica had taken the event before. */
  take(event: ErrorReported): boolean {
    if (this.taken.has(event.eventId)) return false;
    this.taken.set(event.eventId, true);
    this.engine.recordError({
      serviceName: event.serviceName,
      severity: event.severity,
      failedNodeIds: event.errorDetails?.failedProviders ?? [],
    });
    if (event.severity === 'critical') this.critical.took(event.serviceName);
    this.register(event);
    return true;
  }

  private register(event: ErrorReported): void {
    const lagMs = Math.max(0, this.clock.nowMs() - Date.parse(event.occurredAt));
    const { serviceName, streamId, recoveryStrategyId, monitoringSessionId } = event;
    if (streamId !== undefined) this.connections.reported('error_stream', streamId, serviceName, lagMs);
    if (recoveryStrategyId !== undefined) {
      this.connections.reported('recovery_strategy', recoveryStrategyId, serviceName, lagMs);
    }
    if (monitoringSessionId !== undefined) {
      this.connections.reported('monitoring_session', monitoringSessionId, serviceName, lagMs);
    }
  }
}
