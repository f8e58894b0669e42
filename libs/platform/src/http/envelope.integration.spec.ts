import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ERROR_STATUS, type ErrorCode, type Failure } from '@signalbox/contracts';
import type { InjectOptions } from 'fastify';
import { anOrder, bearer, probeApp, tokenWith, type ProbeApp } from '../testing/probe-app.js';

const probePath = (path: string) => `/api/v1/probe/${path}`;

describe('the envelope', () => {
  let probe: ProbeApp;
  let admin: string;
  before(async () => {
    probe = await probeApp();
    admin = await tokenWith({ sub: 'envelope' });
  });
  after(() => probe.app.close());

  let listening: Promise<number> | undefined;
  const port = () =>
    (listening ??= probe.app
      .listen(0, '127.0.0.1')
      .then(async () => Number(new URL(await probe.app.getUrl()).port)));
  const json = { 'content-type': 'application/json' };
  const hot = (payload: string, headers: Record<string, string> = json): InjectOptions => ({
    method: 'POST',
    url: probePath('hot'),
    headers: { ...bearer(admin), ...headers },
    payload,
  });
  const failures: [string, () => InjectOptions, ErrorCode][] = [
    ['a body that is not JSON', () => hot('{"serviceName":'), 'MALFORMED_JSON'],
    ['no body', () => hot(''), 'VALIDATION_FAILED'],
    ['a body that poisons prototypes', () => hot('{"__proto__":{"a":1}}'), 'MALFORMED_JSON'],
    ['a body of null', () => hot('null'), 'VALIDATION_FAILED'],
    ['a body that is a list', () => hot('[]'), 'VALIDATION_FAILED'],
    ['a body beyond 1 MiB', () => hot(`"${'x'.repeat(1024 * 1024)}"`), 'BODY_TOO_LARGE'],
    ['a body of another type', () => hot('a=1', { 'content-type': 'text/plain' }), 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a form',
      () => hot('a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['no token', () => ({ method: 'POST', url: probePath('hot') }), 'UNAUTHENTICATED'],
    ['an unknown path', () => ({ url: '/api/v1/nothing' }), 'NOT_FOUND'],
    ['a path outside the API', () => ({ url: '/wp-admin' }), 'NOT_FOUND'],
    ['a path that is no URL', () => ({ url: '/api/v1/%zz' }), 'VALIDATION_FAILED'],
    ['a parameter beyond all bounds', () => ({ url: probePath(`services/${'x'.repeat(300)}`) }), 'NOT_FOUND'],
    [
      'a method that the path does not take',
      () => ({ method: 'DELETE', url: probePath('hot') }),
      'METHOD_NOT_ALLOWED',
    ],
    [
      'an unknown service',
      () => ({ url: probePath('services/strpie'), headers: bearer(admin) }),
      'UNKNOWN_SERVICE',
    ],
    [
      'a failure that a use case throws',
      () => ({ method: 'PUT', url: probePath('conflict') }),
      'VERSION_CONFLICT',
    ],
    ['a bug', () => ({ url: probePath('bug') }), 'INTERNAL'],
    ['a query of the wrong type', () => ({ url: probePath('page?limit=ten') }), 'VALIDATION_FAILED'],
    ['a query given twice', () => ({ url: probePath('page?limit=1&limit=2') }), 'VALIDATION_FAILED'],
    ['a query nobody knows', () => ({ url: probePath('page?offset=1') }), 'VALIDATION_FAILED'],
  ];
  for (const [name, request, code] of failures) {
    it(`answers ${name} with ${code}`, async () => {
      probe.limiter.counts.clear();
      const response = await probe.app.inject(request());
      const body = response.json<Failure>();
      assert.equal(body.error.code, code);
      assert.equal(response.statusCode, ERROR_STATUS[code]);
      assert.equal(body.success, false);
      assert.equal(response.headers['x-correlation-id'], body.correlationId);
      assert.match(String(response.headers['content-type']), /^application\/json/);
    });
  }

  it('names every bad field by its path', async () => {
    probe.limiter.counts.clear();
    const response = await probe.app.inject(hot('{"serviceName":"stripe","item":{"quantity":0}}'));
    const { details } = response.json<Failure>().error;
    assert.deepEqual(details, { fields: [{ path: 'item.quantity', message: 'must be >= 1' }] });
  });

  it('tells nothing of a bug to the caller and everything to the log', async () => {
    const headers = { 'x-correlation-id': 'bug-1' };
    const response = await probe.app.inject({ url: probePath('bug'), headers });
    assert.doesNotMatch(response.body, /hunter2|app\.js/);
    const line = probe.log.find((entry) => entry.includes('bug-1') && entry.includes('unexpected'));
    assert.match(String(line), /probe-app\.(ts|js)/);
  });

  it('says which methods a path takes', async () => {
    const response = await probe.app.inject({ method: 'PATCH', url: probePath('hot') });
    assert.equal(response.headers['allow'], 'POST');
  });

  it('answers POST with 200, or with what the route declares', async () => {
    const post = (path: string) =>
      probe.app.inject({ method: 'POST', url: probePath(path), headers: bearer(admin), payload: anOrder });
    const ordered = await post('orders');
    assert.equal(ordered.statusCode, 200);
    assert.equal(ordered.json<{ message: string }>().message, 'ordered');
    assert.equal((await post('accepted')).statusCode, 202);
  });

  it('reads a query by its schema: numbers, booleans, defaults', async () => {
    const page = async (query: string) =>
      (await probe.app.inject({ url: probePath(`page${query}`) })).json<{ data: unknown }>().data;
    assert.deepEqual(await page(''), { limit: 50 });
    assert.deepEqual(await page('?limit=7&open=true'), { limit: 7, open: true });
  });

  it('echoes a safe correlation id through handler, answer and log, and replaces an unsafe one', async () => {
    for (const path of ['orders', 'hot']) {
      probe.limiter.counts.clear();
      const ask = (id: string) =>
        probe.app.inject({
          method: 'POST',
          url: probePath(path),
          headers: { ...bearer(admin), 'x-correlation-id': id },
          payload: anOrder,
        });
      const answer = await ask('order:42/a');
      assert.equal(answer.headers['x-correlation-id'], 'order:42/a');
      assert.equal(answer.json<{ data: { correlationId: string } }>().data.correlationId, 'order:42/a');
      for (const unsafe of ['a b', 'x'.repeat(129), '{"a":1}', '\u00e9']) {
        assert.notEqual((await ask(unsafe)).headers['x-correlation-id'], unsafe);
      }
    }
  });

  it('answers what is not HTTP at all in the envelope too', async () => {
    const socket = connect(await port(), '127.0.0.1');
    socket.end('NONSENSE\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.match(text, /^HTTP\/1\.1 400 /);
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as Failure;
    assert.equal(body.error.code, 'VALIDATION_FAILED');
    assert.match(text, new RegExp(`x-correlation-id: ${body.correlationId}`));
  });

  it('does not take a client that goes away within its body for a failure of ours', async () => {
    const accepted = once(probe.app.getHttpServer(), 'connection');
    const client = connect(await port(), '127.0.0.1');
    const [connection] = (await accepted) as [Socket];
    const closed = once(connection, 'close');
    const before = probe.log.length;
    probe.limiter.counts.clear();
    client.write(
      `POST ${probePath('orders')} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${admin}\r\n` +
        'content-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    );
    while (probe.limiter.counts.size === 0) await setImmediate();
    client.destroy();
    await closed;
    await setImmediate();
    assert.doesNotMatch(probe.log.slice(before).join(''), /unexpected failure/);
  });
});
