import type {
  ComponentState,
  DecisionAnswer,
  DecisionRequest,
  Envelope,
  ExcludedNode,
  OutcomeReport,
  ServiceName,
} from '@signalbox/contracts';
import { RestApi, type Answer, type CallOptions } from '@signalbox/hosting/testing';

export { Answer, tokenOf, type CallOptions, type Method } from '@signalbox/hosting/testing';

/** The REST API of one replica of the coordinator. */
export class Api extends RestApi {
  /** Asks for a node as a service does, whatever the answer. */
  ask(
    serviceName: ServiceName,
    request: Partial<DecisionRequest> = {},
    options: CallOptions = { as: 'service' },
  ): Promise<Answer<DecisionAnswer>> {
    const body = { serviceName, operation: 'test_call', ...request };
    return this.post('/enhanced-traffic-coordination/execute-coordination', body, options);
  }

  async decide(serviceName: ServiceName, request: Partial<DecisionRequest> = {}): Promise<DecisionAnswer> {
    return (await this.ask(serviceName, request)).data;
  }

  /** The id of the node that a call of the service would go to. The call is in flight from then on. */
  async nodeFor(serviceName: ServiceName, request: Partial<DecisionRequest> = {}): Promise<string> {
    return (await this.decide(serviceName, request)).routingDecision.selectedNode.nodeId;
  }

  /** Why the service's node would not take a call; undefined when it may. The call is in flight from then on. */
  async exclusionOf(serviceName: ServiceName, nodeId: string): Promise<ExcludedNode | undefined> {
    const { routingDecision } = await this.decide(serviceName);
    return routingDecision.excluded.find((excluded) => excluded.nodeId === nodeId);
  }

  /**
   * How what the replica depends on is, by name; empty while it takes no traffic. For waiting: unlike the health route
   * of the contract, this one may be asked as often as one likes.
   */
  async components(): Promise<Record<string, ComponentState>> {
    const answer = await fetch(`${this.url}/readyz`);
    const body = (await answer.json()) as Envelope<{ components: Record<string, { state: ComponentState }> }>;
    if (!body.success) return {};
    return Object.fromEntries(Object.entries(body.data.components).map(([name, { state }]) => [name, state]));
  }

  /** Whether it takes traffic and everything that it depends on is up. */
  async isUp(): Promise<boolean> {
    const states = Object.values(await this.components());
    return states.length > 0 && states.every((state) => state === 'operational');
  }

  async report(report: OutcomeReport): Promise<{ recorded: boolean }> {
    const answer = await this.post<{ recorded: boolean }>(
      '/enhanced-traffic-coordination/report-outcome',
      report,
      { as: 'service' },
    );
    return answer.data;
  }
}

let reported = 0;

/** A report of a call to the node; of a call that nobody decided unless `coordinationId` names one. */
export function outcomeOf(
  serviceName: ServiceName,
  nodeId: string,
  outcome: OutcomeReport['outcome'],
  more: Partial<OutcomeReport> = {},
): OutcomeReport {
  const seconds = Math.floor(Date.now() / 1000);
  const suffix = (++reported).toString(36).padStart(8, '0');
  return {
    serviceName,
    nodeId,
    outcome,
    latencyMs: 100,
    coordinationId: `coordination_${seconds}_${suffix}`,
    ...more,
  };
}

/**
 * A Redis that takes its time is left alone for a second, in which each replica counts by itself: what was counted so
 * says nothing of how the fleet counts.
 */
export function isCountedByFleet({ headers }: Answer<unknown>): boolean {
  return headers.get('x-ratelimit-scope') === null;
}
