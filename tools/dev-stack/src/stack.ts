import { resolve } from 'node:path';
import { findBinaries, type Binary } from './binaries.js';
import { DataDir } from './data-dir.js';
import { natsServer } from './nats.js';
import { postgresBinaries } from './postgres-binaries.js';
import { postgresServer } from './postgres.js';
import { redisServer } from './redis.js';
import { Server, type ServerKind, type ServerName } from './server.js';

export interface StackOptions {
  /** Each server keeps its data in a folder of its own under this; one live process may have it at a time. */
  dataDir: string;
  /** Which are wanted; all unless said. */
  nats?: boolean;
  redis?: boolean;
  postgres?: boolean;
  /** Told what was started, installed or cleaned up. */
  log?: (line: string) => void;
  /** Where NATS_URL, REDIS_URL and DATABASE_URL are looked up: a server with a URL is used, not started. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** The servers, healthy. A URL throws when its server was not wanted. */
export interface Stack {
  readonly natsUrl: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Stops every server this started; again: nothing more. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would. Rejects for a server this did not start. */
  kill(name: ServerName): Promise<void>;
  /** Starts a killed server (or stops and starts a running one) on the same port and data. */
  restart(name: ServerName): Promise<void>;
}

const URL_VARIABLE = { nats: 'NATS_URL', redis: 'REDIS_URL', postgres: 'DATABASE_URL' } as const;
const BINARY: Partial<Record<ServerName, Binary>> = { nats: 'nats-server', redis: 'redis-server' };

/** Starts the wanted servers that have no URL, on free loopback ports, and resolves when all answer. */
export async function startServers(options: StackOptions): Promise<Stack> {
  const { log = () => undefined, env = process.env } = options;
  const wanted = (['nats', 'redis', 'postgres'] as const).filter((name) => options[name] !== false);
  const given = new Map(wanted.flatMap((name) => pair(name, env[URL_VARIABLE[name]])));
  const toStart = wanted.filter((name) => !given.has(name));
  const servers = toStart.length > 0 ? await start(toStart, resolve(options.dataDir), log) : null;

  const url = (name: ServerName): string => {
    const found = given.get(name) ?? servers?.byName.get(name)?.url;
    if (found === undefined) throw new Error(`${name} is not part of this stack`);
    return found;
  };
  const own = (name: ServerName): Server => {
    const server = servers?.byName.get(name);
    if (!server) throw new Error(`${name} was not started by this stack`);
    return server;
  };

  let stopping: Promise<void> | null = null;
  return {
    get natsUrl() {
      return url('nats');
    },
    get redisUrl() {
      return url('redis');
    },
    get databaseUrl() {
      return url('postgres');
    },
    stop: () => (stopping ??= servers?.stop() ?? Promise.resolve()),
    kill: async (name) => own(name).kill(),
    restart: async (name) => own(name).restart(),
  };
}

function pair(name: ServerName, url: string | undefined): [ServerName, string][] {
  return url ? [[name, url]] : [];
}

async function start(names: ServerName[], dataDirPath: string, log: (line: string) => void) {
  const binaries = await findBinaries(
    names.flatMap((name) => BINARY[name] ?? []),
    log,
  );
  const dataDir = await DataDir.claim(dataDirPath, log);
  const byName = new Map<ServerName, Server>();

  async function kindOf(name: ServerName): Promise<ServerKind> {
    if (name === 'nats') return natsServer(binaries.get('nats-server')!);
    if (name === 'redis') return redisServer(binaries.get('redis-server')!);
    return postgresServer(await postgresBinaries(), await dataDir.folder('postgres'));
  }
  async function startOne(name: ServerName): Promise<void> {
    const server = new Server(await kindOf(name), dataDir, log);
    byName.set(name, server);
    await server.start();
  }
  async function stop(): Promise<void> {
    await Promise.all([...byName.values()].map((server) => server.stop()));
    await dataDir.release();
  }

  // All are waited for even when one fails: what did start must be known to be stopped.
  const results = await Promise.allSettled(names.map(startOne));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) {
    await stop();
    throw failure.reason as Error;
  }
  return { byName, stop };
}
