import 'reflect-metadata';
import { after, before } from 'node:test';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger, loadSettings, startApp, type Environment } from '@signalbox/platform';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { eventually, withServers } from '@signalbox/testkit';
import { Api } from './api.js';
import { ServiceSide } from './service-side.js';

/** One process's worth of the coordinator, reachable as its users reach it. */
export interface Replica extends Api {
  readonly id: string;
  /** Every line logged so far. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

interface StartOptions {
  /** `ready`: it can decide. By default everything it depends on must be up. */
  waitFor?: 'ready' | 'everything';
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

async function startReplica(id: string, { waitFor }: StartOptions, env: Environment): Promise<Replica> {
  const settings = loadSettings(
    routingCoordinator.settings,
    { NODE_ENV: 'test', PORT: '0', REPLICA_ID: id, LOG_LEVEL: 'debug', ...env },
    routingCoordinator.problemsOf,
  );
  const log: string[] = [];
  const logger = createLogger('routing-coordinator', settings, { write: (line) => void log.push(line) });
  const app = await startApp(routingCoordinator, settings, logger);
  const url = await app.getUrl();
  await eventually(() => isUp(url, waitFor === 'ready'), { timeoutMs: 30_000 });
  return Object.assign(new Api(url), { id, log, stop: () => stopped(app) });
}

/** `/readyz` and not the health of the contract, which counts toward its callers' limit. */
async function isUp(url: string, readyIsEnough: boolean): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`);
  if (!answer.ok || readyIsEnough) return answer.ok;
  const { data } = (await answer.json()) as { data: { components: Record<string, { state: string }> } };
  return Object.values(data.components).every(({ state }) => state === 'operational');
}

async function stopped(app: NestFastifyApplication): Promise<void> {
  app.getHttpServer().closeAllConnections();
  await app.close();
}
