import {
  ADMISSIONS_RELEASE,
  ADMISSIONS_REQUEST,
  DECISIONS_REQUEST,
  SignalboxError,
  failure,
  ok,
  wildcardOf,
  type AdmissionRelease,
  type AdmissionRequest,
  type DecisionRequest,
  type OutcomeReported,
} from '@signalbox/contracts';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** A node that the control plane offers. */
export interface OfferedNode {
  nodeId: string;
  baseUrl: string;
  costPerRequest?: number;
}

let decisions = 0;

/**
 * Stands where coordinator and ledger answer in a fleet: on the same subjects, with the same bodies. It offers the
 * nodes it is told (none: nobody may carry the call), admits what it is told, and hears the outcomes that are reported.
 */
export class ControlPlane {
  readonly decisionRequests: DecisionRequest[] = [];
  readonly admissionRequests: AdmissionRequest[] = [];
  /** Reservations that were given back. */
  readonly released: string[] = [];
  readonly outcomes: OutcomeReported[] = [];
  /** Seconds to come back after when refused; null: admitted. */
  refuse: (request: AdmissionRequest) => number | null = () => null;

  private constructor(
    private readonly connection: NatsConnection,
    private nodesOf: (service: string) => readonly OfferedNode[],
  ) {}

  static async start(
    natsUrl: string,
    nodesOf: (service: string) => readonly OfferedNode[],
  ): Promise<ControlPlane> {
    const connection = await connect({ servers: natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    const plane = new ControlPlane(connection, nodesOf);
    connection.subscribe(DECISIONS_REQUEST, {
      callback: (_error, message) => void message.respond(JSON.stringify(plane.decide(message.json()))),
    });
    connection.subscribe(ADMISSIONS_REQUEST, {
      callback: (_error, message) => void message.respond(JSON.stringify(plane.admit(message.json()))),
    });
    connection.subscribe(ADMISSIONS_RELEASE, {
      callback: (_error, message) => {
        plane.released.push(message.json<AdmissionRelease>().reservationId);
        message.respond(JSON.stringify(ok({ released: true })));
      },
    });
    connection.subscribe(wildcardOf('outcomes.reported'), {
      callback: (_error, message) => void plane.outcomes.push(message.json()),
    });
    await connection.flush();
    return plane;
  }

  offer(nodesOf: (service: string) => readonly OfferedNode[]): void {
    this.nodesOf = nodesOf;
  }

  async stop(): Promise<void> {
    await this.connection.close();
  }

  private decide(request: DecisionRequest) {
    this.decisionRequests.push(request);
    const ranked = this.nodesOf(request.serviceName).map((node, rank) => ({
      providerName: node.nodeId,
      region: 'us-east-1',
      successRate: 99,
      costPerRequest: 0.001,
      healthScore: 90,
      estimatedLatency: 10,
      rank: rank + 1,
      ...node,
    }));
    if (ranked.length === 0) {
      return failure(new SignalboxError('NO_ELIGIBLE_NODE', 'No node may carry this call'), 'a-test');
    }
    const coordinationId = `decision_${Math.floor(Date.now() / 1_000)}_${(++decisions).toString(36).padStart(8, '0')}`;
    return ok({
      coordinationId,
      routingDecision: { selectedNode: ranked[0], alternatives: ranked.slice(1) },
    });
  }

  private admit(request: AdmissionRequest) {
    this.admissionRequests.push(request);
    const retryAfterSeconds = this.refuse(request);
    const allowed = retryAfterSeconds === null;
    const reservationId = allowed ? request.requestId : null;
    return ok({ allowed, refusedBy: allowed ? [] : ['burst'], retryAfterSeconds, reservationId });
  }
}
