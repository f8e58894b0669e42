import { after, before } from 'node:test';
import { createLogger, loadSettings, startApp, type Environment } from '@signalbox/platform';
import { eventually, withServers } from '@signalbox/testkit';
import { hostTogether, type HostedApp } from '../host.js';
import { RestApi } from './rest-api.js';

/** One process's worth of Signalbox, inside the test's own process, reachable as its users reach it. */
export interface Hosted extends RestApi {
  readonly id: string;
  /** Every line logged so far. */
  readonly log: readonly string[];
  stop: () => Promise<void>;
}

export interface StartOptions {
  /** `ready`: it takes traffic. By default everything it depends on must be up. */
  waitFor?: 'ready' | 'everything';
}

/** Every app of a process finds three servers, migrates and fills its tables, on a machine that has other things to do. */
const UP_WITHIN_MS = 90_000;

/** Starts the apps together as the process `id`, on a free port. */
export async function startHosted(
  apps: readonly HostedApp[],
  id: string,
  env: Environment,
  { waitFor }: StartOptions = {},
): Promise<Hosted> {
  const definition = hostTogether(apps.length === 1 ? apps[0]!.name : 'standalone', apps);
  const settings = loadSettings(
    definition.settings,
    { NODE_ENV: 'test', PORT: '0', REPLICA_ID: id, LOG_LEVEL: 'debug', ...env },
    definition.problemsOf,
  );
  const log: string[] = [];
  const logger = createLogger(definition.name, settings, { write: (line) => void log.push(line) });
  const app = await startApp(definition, settings, logger);
  const api = new RestApi(await app.getUrl());
  await eventually(() => isUp(api.url, waitFor === 'ready'), { timeoutMs: UP_WITHIN_MS });
  const stop = async () => {
    app.getHttpServer().closeAllConnections();
    await app.close();
  };
  return Object.assign(api, { id, log, stop });
}

export interface HostedProcesses {
  /** By its id. */
  process(id: string): Hosted;
  /** Stops a process and starts another in its place, under the same id. */
  restart(id: string, options?: StartOptions): Promise<Hosted>;
  /** What they stand on: to be asked, killed and restarted. */
  readonly servers: ReturnType<typeof withServers>;
}

/**
 * Servers, and one process of the apps for each id, before the tests of the `describe` it is called in; all stopped
 * after.
 */
export function withHosted(
  apps: readonly HostedApp[],
  ids: readonly string[],
  envOf: (id: string) => Environment = () => ({}),
): HostedProcesses {
  const running = new Map<string, Hosted>();
  // Registered ahead of the servers' own: hooks run in order, and the servers must go last.
  after(() => Promise.all([...running.values()].map((one) => one.stop())));
  const servers = withServers();
  const start = async (id: string, options: StartOptions = {}): Promise<Hosted> => {
    const { natsUrl, redisUrl, databaseUrl } = servers;
    const env = { ...envOf(id), NATS_URL: natsUrl, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl };
    const one = await startHosted(apps, id, env, options);
    running.set(id, one);
    return one;
  };
  before(async () => {
    for (const id of ids) await start(id);
  });
  return {
    process(id) {
      const found = running.get(id);
      if (found === undefined) throw new Error(`no process ${id} runs`);
      return found;
    },
    async restart(id, options) {
      await running.get(id)?.stop();
      return start(id, options);
    },
    servers,
  };
}

/** `/readyz` and not a health route of the contract, which counts toward its callers' limit. */
async function isUp(url: string, readyIsEnough: boolean): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`);
  if (!answer.ok || readyIsEnough) return answer.ok;
  const { data } = (await answer.json()) as { data: { components: Record<string, { state: string }> } };
  return Object.values(data.components).every(({ state }) => state === 'operational');
}
