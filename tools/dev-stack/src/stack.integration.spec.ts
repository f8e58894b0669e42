import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { freePort } from './free-port.js';
import { greeting } from './greeting.js';
import { pollUntil } from './poll.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';
import type { ServerName } from './server.js';
import { startServers, type Stack } from './stack.js';

const NOTHING_GIVEN = { env: {} };
const INDEX = new URL('./index.js', import.meta.url).href;

const portOf = (url: string) => Number(new URL(url).port);
const serverOf = (dataDir: string, name: ServerName) =>
  JSON.parse(readFileSync(join(dataDir, `${name}.pid.json`), 'utf8')) as ProcessIdentity;
const answer = (url: string, question = '') => greeting(portOf(url), question, 30_000);

describe('startServers', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-stack-'));
  const said: string[] = [];
  let stack: Stack;

  before(async () => {
    stack = await startServers({ dataDir, log: (line) => said.push(line), ...NOTHING_GIVEN });
  });
  after(async () => {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('has JetStream on', async () => {
    assert.match(await answer(stack.natsUrl), /"jetstream":true/);
  });

  it('listens on loopback only', { skip: process.platform !== 'linux' && 'asks /proc' }, () => {
    // proc(5): column 2 is the local address in hex, `0100007F` 127.0.0.1; state 0A is listening.
    const listening = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A');
    for (const url of [stack.natsUrl, stack.redisUrl, stack.databaseUrl]) {
      const port = portOf(url).toString(16).toUpperCase().padStart(4, '0');
      const addresses = listening
        .filter(([, local]) => local?.endsWith(`:${port}`))
        .map(([, local]) => local);
      assert.deepEqual(addresses, [`0100007F:${port}`], url);
    }
  });

  for (const name of ['nats', 'redis', 'postgres'] as const) {
    it(`brings ${name} back on the same port after a kill`, async () => {
      const urls = [stack.natsUrl, stack.redisUrl, stack.databaseUrl];
      const killed = serverOf(dataDir, name);
      await stack.kill(name);
      assert.equal(isAlive(killed), false);
      said.length = 0;
      await stack.restart(name);
      // PostgreSQL gives up while a worker of the one before it is left.
      assert.match(said.join(), new RegExp(`^${name} on port \\d+ after \\d+ ms$`), 'at the first attempt');
      assert.deepEqual([stack.natsUrl, stack.redisUrl, stack.databaseUrl], urls);
      assert.equal(isAlive(serverOf(dataDir, name)), true);
    });
  }

  it('loses nothing that Redis acknowledged before it was killed', async () => {
    assert.equal(await answer(stack.redisUrl, 'SET kept yes\r\n'), '+OK\r\n');
    await stack.kill('redis');
    await stack.restart('redis');
    assert.equal(await answer(stack.redisUrl, 'GET kept\r\n'), '$3\r\nyes\r\n');
  });

  it('refuses a folder that a live process has, naming both', async () => {
    await assert.rejects(
      startServers({ dataDir, ...NOTHING_GIVEN }),
      new RegExp(`${dataDir} is in use by process ${process.pid}`),
    );
  });
});

describe('freePort', () => {
  /** Resolves with the port that another process was given; it keeps it for as long as it lives. */
  async function portOfAnother(): Promise<{ port: number; other: ChildProcess }> {
    const program = `
      import { freePort } from ${JSON.stringify(new URL('./free-port.js', import.meta.url).href)};
      process.stdout.write(String(await freePort()));
      setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = (await once(other.stdout, 'data')) as [Buffer];
    return { port: Number(port), other };
  }

  it('gives nobody a port that a living process was given, though nobody listens on it, and gives it again after', async (t) => {
    const { port, other } = await portOfAnother();
    const chanceOf = (wanted: number) => (wanted - 20_000 + 0.5) / (32_768 - 20_000);
    const { random } = Math;
    const picks = [chanceOf(port), chanceOf(port)];
    t.mock.method(Math, 'random', () => picks.shift() ?? random());
    assert.notEqual(await freePort(), port);
    other.kill('SIGKILL');
    await once(other, 'exit');
    picks.push(chanceOf(port));
    assert.equal(await freePort(), port);
  });
});

describe('startServers with a URL in the environment', () => {
  const dataDir = join(tmpdir(), 'signalbox-stack-never-made');

  it('uses that server and starts none', async () => {
    const env = { NATS_URL: 'nats://a:1', REDIS_URL: 'redis://b:2', DATABASE_URL: 'postgres://c:3/d' };
    const stack = await startServers({ dataDir, env });
    assert.deepEqual(
      [stack.natsUrl, stack.redisUrl, stack.databaseUrl],
      [env.NATS_URL, env.REDIS_URL, env.DATABASE_URL],
    );
    assert.throws(() => readdirSync(dataDir), { code: 'ENOENT' });
    await assert.rejects(stack.kill('redis'), /redis was not started by this stack/);
    await stack.stop();
  });
});

describe('a process with servers', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-stack-'));
  const children: ChildProcess[] = [];

  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  /** A process of its own that starts Redis, then does `next`; resolves when Redis is up. */
  async function processWithRedis(next: string): Promise<{ owner: ChildProcess; redis: ProcessIdentity }> {
    const program = `
      import { startServers } from ${JSON.stringify(INDEX)};
      await startServers({ dataDir: ${JSON.stringify(dataDir)}, nats: false, postgres: false, env: {} });
      process.stdout.write('up');
      ${next}`;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(owner);
    assert.ok(owner.stdout);
    await once(owner.stdout, 'data');
    return { owner, redis: serverOf(dataDir, 'redis') };
  }

  const FOR_EVER = 'setInterval(() => {}, 1000);';
  const endings: [string, string, (owner: ChildProcess) => void][] = [
    ['has nothing left to do', '', () => undefined],
    ['calls process.exit', 'process.exit(3);', () => undefined],
    ['dies of an error', 'throw new Error("expected by this test");', () => undefined],
    ['gets SIGTERM and has no handler for it', FOR_EVER, (owner) => owner.kill('SIGTERM')],
  ];
  for (const [ending, next, act] of endings) {
    it(`takes them with it when it ${ending}`, async () => {
      const { owner, redis } = await processWithRedis(next);
      act(owner);
      if (owner.exitCode === null && owner.signalCode === null) await once(owner, 'exit');
      assert.ok(await pollUntil(() => !isAlive(redis), 30_000));
    });
  }

  it('leaves them behind when it is killed, and the next start ends them and works', async () => {
    const { owner, redis } = await processWithRedis(FOR_EVER);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    assert.equal(isAlive(redis), true);
    const stack = await startServers({ dataDir, nats: false, postgres: false, ...NOTHING_GIVEN });
    assert.equal(isAlive(redis), false);
    assert.match(await answer(stack.redisUrl, 'PING\r\n'), /PONG/);
    await stack.stop();
  });

  it('never has a stranger ended that was given a dead server’s pid', async () => {
    const stranger = identify(process.pid);
    const deadServer: ProcessIdentity = { pid: stranger.pid, startedAt: 'another boot/12345' };
    writeFileSync(join(dataDir, 'redis.pid.json'), JSON.stringify(deadServer));
    const stack = await startServers({ dataDir, nats: false, postgres: false, ...NOTHING_GIVEN });
    assert.equal(isAlive(stranger), true);
    await stack.stop();
  });
});
