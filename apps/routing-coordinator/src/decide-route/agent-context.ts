import { Injectable } from '@nestjs/common';
import type { DecisionRequest, ServiceName } from '@signalbox/contracts';
import { AgentConnections } from '../error-events/agent-connections.js';
import { ActiveRecoveries } from '../recovery/active-recoveries.js';
import type { AgentIntegration } from './decision-answer.js';

const NOTHING: AgentIntegration = {
  errorStreamRegistered: false,
  recoveryStrategyActivated: false,
  monitoringActive: false,
  crossStreamCoordinated: false,
};

/** Ties a decision to the error stream, recovery strategy and monitoring session that its caller named. */
@Injectable()
export class AgentContext {
  constructor(
    private readonly connections: AgentConnections,
    private readonly recoveries: ActiveRecoveries,
  ) {}

  integrate(request: DecisionRequest, coordinationId: string): AgentIntegration {
    const named = request.backendAgentContext;
    const recoveryStrategyActivated = this.recoveries.isRecovering(request.serviceName);
    const monitored = this.wantsMonitoring(request);
    if (named === undefined && !monitored) {
      return recoveryStrategyActivated ? { ...NOTHING, recoveryStrategyActivated } : NOTHING;
    }
    const service: ServiceName = request.serviceName;
    const stream = named?.errorStreamId;
    const session = named?.monitoringSessionId ?? (monitored ? `monitoring_${service}` : undefined);
    const heardBefore = stream !== undefined && this.connections.hasReported(stream);
    if (stream !== undefined) this.connections.seen('error_stream', stream, service, coordinationId);
    if (session !== undefined) this.connections.seen('monitoring_session', session, service, coordinationId);
    if (named?.recoveryStrategyId !== undefined) {
      this.connections.seen('recovery_strategy', named.recoveryStrategyId, service, coordinationId);
    }
    return {
      errorStreamRegistered: stream !== undefined,
      recoveryStrategyActivated,
      monitoringActive: session !== undefined,
      // The stream's errors and this decision weigh on the same facts: once it has spoken, or a recovery runs.
      crossStreamCoordinated: stream !== undefined && (heardBefore || this.wantsSync(request)),
    };
  }

  private wantsMonitoring(request: DecisionRequest): boolean {
    return (
      request.backendAgentContext?.requireRealTimeMonitoring === true ||
      request.coordinationRequirements?.requireRealTimeMonitoring === true
    );
  }

  private wantsSync(request: DecisionRequest): boolean {
    return (
      request.backendAgentContext?.requireBackendAgentSync === true ||
      request.coordinationRequirements?.requireBackendAgentSync === true
    );
  }
}
