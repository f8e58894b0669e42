import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '@signalbox/testkit';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const SERVERS = ['nats-server', 'postgres', 'redis-server'];
const LINUX_ONLY = { skip: process.platform !== 'linux' && 'finds processes in /proc' };

describe('npm start', LINUX_ONLY, () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-standalone-'));
  after(() => {
    for (const pid of processesOf(dataDir).keys()) process.kill(pid, 'SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('says where it is ready, answers there, and takes everything it started with it on SIGTERM', async () => {
    const { npm, url } = await start(dataDir);
    assert.equal(await statusOf(url), 200);
    const running = namesOf(dataDir);
    for (const server of SERVERS)
      assert.ok(running.includes(server), `${server} is not among ${running.join()}`);
    npm.kill('SIGTERM');
    await once(npm, 'exit');
    await eventually(() => assert.deepEqual(namesOf(dataDir), []));
  });

  it('starts again on the same data after it was killed with its servers running', async () => {
    const first = await start(dataDir);
    const appPid = (JSON.parse(readFileSync(join(dataDir, 'owner.json'), 'utf8')) as { pid: number }).pid;
    process.kill(appPid, 'SIGKILL');
    await once(first.npm, 'exit');
    await eventually(() => assert.deepEqual(namesOf(dataDir), SERVERS));

    const second = await start(dataDir);
    assert.equal(await statusOf(second.url), 200);
    second.npm.kill('SIGTERM');
    await once(second.npm, 'exit');
    await eventually(() => assert.deepEqual(namesOf(dataDir), []));
  });
});

/** Resolves when it says that it is ready: on a port that the system gives it, which nobody can take before it does. */
async function start(dataDir: string): Promise<{ npm: ChildProcess; url: string }> {
  const { NATS_URL, REDIS_URL, DATABASE_URL, ...environment } = process.env;
  const npm = spawn('npm', ['start', '--silent'], {
    cwd: ROOT,
    env: { ...environment, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: npm.stdout })) {
    const url = /^ready (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    // A pipe that nobody empties holds up who writes to it.
    npm.stdout.resume();
    return { npm, url };
  }
  throw new Error('npm start ended before it was ready');
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(`${url}/readyz`);
  await response.arrayBuffer();
  return response.status;
}

/** The programs that run with this DATA_DIR, each once. */
function namesOf(dataDir: string): string[] {
  return [...new Set(processesOf(dataDir).values())].sort();
}

/**
 * What runs with this DATA_DIR, by pid: all that `npm start` starts inherits it. Redis writes its title over
 * its environment, but works in its folder, as each server does.
 */
function processesOf(dataDir: string): Map<number, string> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const ours = pids.filter(
    (pid) => environmentOf(pid).includes(`DATA_DIR=${dataDir}`) || folderOf(pid).startsWith(`${dataDir}/`),
  );
  return new Map(ours.map((pid) => [Number(pid), nameOf(pid)]));
}

const environmentOf = (pid: string) =>
  orEmpty(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).split('\0');
const folderOf = (pid: string) => orEmpty(() => readlinkSync(`/proc/${pid}/cwd`));
const nameOf = (pid: string) => orEmpty(() => readFileSync(`/proc/${pid}/comm`, 'utf8')).trim();

/** Empty for a process that has ended, or is somebody else's. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
