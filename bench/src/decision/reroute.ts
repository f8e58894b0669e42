import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import {
  SERVICE_NAMES,
  subjectOf,
  type DecisionAnswer,
  type ErrorReported,
  type ServiceConfig,
  type ServiceName,
  type Success,
  type VersionedService,
} from '@signalbox/contracts';
import { aNode } from '@signalbox/testkit';
import { Agent, request } from 'undici';

export interface RerouteFigures {
  samples: number;
  p50: number;
  p99: number;
}

const NODES_PER_SERVICE = 32;
const GIVE_UP_MS = 2_000;

interface Replica {
  url: string;
  adminToken: string;
  serviceToken: string;
}

/**
 * From the publication of an error event on NATS to the first decision of another replica that weighs it: the
 * named node's success estimate has fallen. Each node is used once, so that no sample sees another's pressure.
 */
export async function rerouteFigures(natsUrl: string, replica: Replica): Promise<RerouteFigures> {
  const connection = await connect({ servers: natsUrl });
  const agent = new Agent({ connections: 1 });
  try {
    const publisher = jetstream(connection);
    const samples: number[] = [];
    for (const service of SERVICE_NAMES) {
      await spreadOver(replica, agent, service);
      for (let index = 0; index < NODES_PER_SERVICE; index++) {
        const nodeId = nodeIdOf(service, index);
        const before = await successOf(replica, agent, service, nodeId);
        const event: ErrorReported = {
          eventId: randomUUID(),
          occurredAt: new Date().toISOString(),
          serviceName: service,
          errorType: 'provider_outage',
          severity: 'low',
          errorMessage: 'bench',
          errorDetails: { failedProviders: [nodeId] },
        };
        const startedMs = performance.now();
        await publisher.publish(subjectOf('errors.reported', service), JSON.stringify(event), {
          msgID: event.eventId,
        });
        while ((await successOf(replica, agent, service, nodeId)) >= before) {
          if (performance.now() - startedMs > GIVE_UP_MS) throw new Error(`${nodeId} was never re-routed`);
        }
        samples.push(performance.now() - startedMs);
      }
    }
    samples.sort((a, b) => a - b);
    const at = (share: number) =>
      Math.round((samples[Math.floor((samples.length - 1) * share)] ?? NaN) * 100) / 100;
    return { samples: samples.length, p50: at(0.5), p99: at(0.99) };
  } finally {
    await agent.close();
    await connection.close();
  }
}

const nodeIdOf = (service: ServiceName, index: number): string => `${service}_bench_${index}`;

/** Gives the service many like nodes, and waits until the replica routes by them. */
async function spreadOver(replica: Replica, agent: Agent, service: ServiceName): Promise<void> {
  const path = `/api/v1/admin/catalog/services/${service}`;
  const { service: config } = await call<VersionedService>(replica, agent, 'GET', path, replica.adminToken);
  const next: ServiceConfig = {
    ...config,
    strategy: 'HEALTH_BASED',
    successFloor: null,
    nodes: Array.from({ length: NODES_PER_SERVICE }, (_, index) =>
      aNode({
        nodeId: nodeIdOf(service, index),
        role: index === 0 ? 'primary' : 'secondary',
        weightPercent: 100 / NODES_PER_SERVICE,
      }),
    ),
  };
  await call(replica, agent, 'PUT', path, replica.adminToken, next);
}

async function successOf(
  replica: Replica,
  agent: Agent,
  serviceName: ServiceName,
  nodeId: string,
): Promise<number> {
  const path = '/api/v1/enhanced-traffic-coordination/execute-coordination';
  const body = { serviceName, operation: 'bench' };
  const { routingDecision } = await call<DecisionAnswer>(
    replica,
    agent,
    'POST',
    path,
    replica.serviceToken,
    body,
  );
  const nodes = [routingDecision.selectedNode, ...routingDecision.alternatives];
  const found = nodes.find((node) => node.nodeId === nodeId);
  // Not among the candidates at all: weighed as heavily as can be.
  return found?.successRate ?? -1;
}

async function call<T>(
  replica: Replica,
  agent: Agent,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  token: string,
  body?: object,
): Promise<T> {
  const answer = await request(replica.url + path, {
    dispatcher: agent,
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200)
    throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
  return (JSON.parse(text) as Success<T>).data;
}
