import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./testing/probe-main.js', import.meta.url));
const LONGER_THAN_THE_TEST = '300000';

interface Probe {
  child: ChildProcess;
  /** Resolves with the first match in what the process has written or will write to stdout. */
  said: (pattern: RegExp) => Promise<string>;
  exited: Promise<number | null>;
  /** All of stdout so far. */
  text: () => string;
}

function start(env: Record<string, string>): Probe {
  const child = spawn(process.execPath, [MAIN], {
    env: { PORT: '0', NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  const said = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(text);
      if (found !== null) return found[1] ?? found[0];
      await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => assert.fail(text))]);
    }
  };
  return {
    child,
    said,
    text: () => text,
    exited: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** Over a connection of its own: one that is kept from an earlier request may be answered on until it is closed. */
function ask(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, resolve).on('error', reject);
  });
}

// Seven processes one after the other, each of which loads a whole app: a minute and more on a busy machine.
describe('a process', { timeout: 500_000 }, () => {
  it('finishes the request in flight on SIGTERM, takes no new connection, closes what it had, exits 0', async () => {
    const { child, said, exited, text } = start({});
    const url = await said(/^ready (http:\/\/\S+)$/m);
    const inFlight = fetch(`${url}/api/v1/probe/slow`);
    await said(/slow started/);
    child.kill('SIGTERM');
    await said(/shutting down/);
    await assert.rejects(ask(`${url}/livez`));
    const answer = await inFlight;
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { data: string }).data, 'finished');
    assert.equal(await exited, 0);
    assert.match(text(), /everything closed/);
    assert.doesNotMatch(
      text(),
      /still in flight/,
      'the connection that the client kept alive does not count',
    );
  });

  it('does not wait for requests longer than its deadline', async () => {
    const { child, said, exited } = start({ SHUTDOWN_DEADLINE_MS: '20', SLOW_MS: LONGER_THAN_THE_TEST });
    const url = await said(/^ready (http:\/\/\S+)$/m);
    const inFlight = fetch(`${url}/api/v1/probe/slow`);
    await said(/slow started/);
    child.kill('SIGTERM');
    await assert.rejects(inFlight);
    assert.equal(await exited, 0);
  });

  it('stops at once on a second signal', async () => {
    const { child, said, exited } = start({ SLOW_MS: LONGER_THAN_THE_TEST });
    const url = await said(/^ready (http:\/\/\S+)$/m);
    const inFlight = fetch(`${url}/api/v1/probe/slow`);
    await said(/slow started/);
    child.kill('SIGTERM');
    await said(/shutting down/);
    child.kill('SIGINT');
    await assert.rejects(inFlight);
    assert.equal(await exited, 1);
  });

  it('does not start where somebody else listens, and says what to do', async () => {
    const first = start({});
    const { port } = new URL(await first.said(/^ready (http:\/\/\S+)$/m));
    const second = start({ PORT: port });
    assert.equal(await second.exited, 1);
    assert.match(
      second.text(),
      new RegExp(`could not start: something listens on \\S+:${port} already; .*set PORT`),
    );
    first.child.kill('SIGTERM');
    assert.equal(await first.exited, 0);
  });

  it('does not start in production with the default secret, and says what to set', async () => {
    const { child, exited } = start({ NODE_ENV: 'production' });
    let complaint = '';
    child.stderr?.on('data', (chunk) => (complaint += String(chunk)));
    assert.equal(await exited, 1);
    assert.match(complaint, /TOKEN_JWKS_URL or TOKEN_PUBLIC_KEY: one is required in production/);
  });
});
