import 'reflect-metadata';
import { after, before } from 'node:test';
import { startHosted, type StartOptions } from '@signalbox/hosting/testing';
import type { Environment } from '@signalbox/platform';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { withServers } from '@signalbox/testkit';
import { Api } from './api.js';
import { ServiceSide } from './service-side.js';

/** One process's worth of the coordinator, reachable as its users reach it. */
export interface Replica extends Api {
  readonly id: string;
  /** Every line logged so far. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

export interface Fleet {
  /** By its id. */
  replica(id: string): Replica;
  /** What a service has: a connection to NATS. */
  readonly service: ServiceSide;
  /** Stops a replica and starts another process in its place, under the same id. */
  restart(id: string, options?: StartOptions): Promise<Replica>;
  /** What the replicas stand on: to be asked, killed and restarted. */
  readonly servers: ReturnType<typeof withServers>;
}

/**
 * Starts the replicas on servers of their own before the tests of the `describe` it is called in, and stops all
 * of it after. Every one has its consumers in place when the tests begin.
 */
export function withFleet(
  replicaIds: readonly string[],
  envOf: (id: string) => Environment = () => ({}),
): Fleet {
  const running = new Map<string, Replica>();
  let service: ServiceSide | undefined;
  // Registered ahead of the servers' own: hooks run in order, and the servers must go last.
  after(async () => {
    await Promise.all([...running.values()].map((replica) => replica.stop()));
    await service?.close();
  });
  const servers = withServers();

  const start = async (id: string, options: StartOptions = {}): Promise<Replica> => {
    const replica = await startReplica(id, options, {
      ...envOf(id),
      NATS_URL: servers.natsUrl,
      REDIS_URL: servers.redisUrl,
      DATABASE_URL: servers.databaseUrl,
    });
    running.set(id, replica);
    return replica;
  };

  before(async () => {
    for (const id of replicaIds) await start(id);
    service = await ServiceSide.connect(servers.natsUrl);
    await service.consumersOf('SIGNALBOX_ERRORS', replicaIds.length + 1);
    await service.consumersOf('SIGNALBOX_OUTCOMES', 2);
  });

  return {
    replica(id) {
      const found = running.get(id);
      if (found === undefined) throw new Error(`no replica ${id} runs`);
      return found;
    },
    get service() {
      if (service === undefined) throw new Error('the fleet starts in a before hook');
      return service;
    },
    async restart(id, options) {
      await running.get(id)?.stop();
      return start(id, options);
    },
    servers,
  };
}

async function startReplica(id: string, options: StartOptions, env: Environment): Promise<Replica> {
  const { url, log, stop } = await startHosted([routingCoordinator], id, env, options);
  return Object.assign(new Api(url), { id, log, stop });
}
