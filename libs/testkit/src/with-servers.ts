import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { removeAbandoned, startServers, type ServerName, type Stack } from '@signalbox/dev-stack';

const RUNS = join(tmpdir(), `signalbox-tests-${userInfo().uid}`);

/**
 * Starts the named servers (all three when none is named) before the tests of a file, or of the `describe`
 * it is called in, with empty data, and stops and removes them after. They are the test's own, whatever
 * NATS_URL, REDIS_URL or DATABASE_URL say: tests kill servers, count what is stored and never clean up.
 * The URLs are there from the first `before` hook after this call on.
 */
export function withServers(...names: ServerName[]): Omit<Stack, 'stop'> {
  let stack: Stack | null = null;
  let dataDir: string | null = null;
  const started = (): Stack => {
    if (!stack) throw new Error('the servers start in a before hook: use them in tests or in later hooks');
    return stack;
  };
  const wanted = (name: ServerName) => names.length === 0 || names.includes(name);

  before(async () => {
    await mkdir(RUNS, { recursive: true });
    await removeAbandoned(RUNS);
    dataDir = await mkdtemp(join(RUNS, 'run-'));
    stack = await startServers({
      dataDir,
      nats: wanted('nats'),
      redis: wanted('redis'),
      postgres: wanted('postgres'),
      env: {},
    });
  });
  after(async () => {
    await stack?.stop();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  return {
    get natsUrl() {
      return started().natsUrl;
    },
    get redisUrl() {
      return started().redisUrl;
    },
    get databaseUrl() {
      return started().databaseUrl;
    },
    kill: (name) => started().kill(name),
    restart: (name) => started().restart(name),
  };
}
