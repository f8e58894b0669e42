import assert from 'node:assert/strict';
import { after, beforeEach, before, describe, it, mock } from 'node:test';
import type { Failure } from '@signalbox/contracts';
import { anOrder, bearer, probeApp, tokenWith, type ProbeApp } from '../testing/probe-app.js';

describe('limits', () => {
  let probe: ProbeApp;
  before(async () => {
    // The clock stands still: a busy machine may need more than the minute for the requests that are counted in it.
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    probe = await probeApp({ SERVICE_LIMIT_PER_MINUTE: '5', SERVICE_HOT_LIMIT_PER_MINUTE: '9' });
  });
  after(() => mock.timers.reset());
  after(() => probe.app.close());
  beforeEach(() => {
    probe.limiter.counts.clear();
    probe.limiter.scope = 'shared';
  });

  const post = (path: string, token: string) =>
    probe.app.inject({
      method: 'POST',
      url: `/api/v1/probe/${path}`,
      headers: bearer(token),
      payload: anOrder,
    });

  for (const path of ['orders', 'hot']) {
    it(`counts a caller on /${path} and answers the fourth of three with 429 and when to come back`, async () => {
      const token = await tokenWith({ sub: 'alice' });
      for (const remaining of ['2', '1', '0']) {
        const answer = await post(path, token);
        assert.equal(answer.statusCode, 200);
        assert.equal(answer.headers['x-ratelimit-limit'], '3');
        assert.equal(answer.headers['x-ratelimit-remaining'], remaining);
        assert.equal(answer.headers['x-ratelimit-reset'], '42');
        assert.equal(answer.headers['x-ratelimit-scope'], undefined);
      }
      const refused = await post(path, token);
      assert.equal(refused.statusCode, 429);
      assert.equal(refused.headers['retry-after'], '42');
      assert.equal(refused.json<Failure>().error.code, 'RATE_LIMITED');
      assert.equal((await post(path, await tokenWith({ sub: 'bob' }))).statusCode, 200, 'another caller');
    });
  }

  it('counts each endpoint by itself, and a new token of the same caller on the old count', async () => {
    await post('orders', await tokenWith({ sub: 'alice' }));
    await post('orders', await tokenWith({ sub: 'alice', jti: 'new' }));
    await post('hot', await tokenWith({ sub: 'alice' }));
    assert.deepEqual([...probe.limiter.counts.values()], [2, 1]);
  });

  it('gives services limits of their own, another one for hot routes', async () => {
    const token = await tokenWith({ sub: 'checkout', role: 'service' });
    assert.equal((await post('orders', token)).headers['x-ratelimit-limit'], '5');
    assert.equal((await post('hot', token)).headers['x-ratelimit-limit'], '9');
  });

  it('says when a replica counts alone', async () => {
    probe.limiter.scope = 'local';
    const answer = await post('orders', await tokenWith({}));
    assert.equal(answer.headers['x-ratelimit-scope'], 'local');
  });

  it('counts callers without a token by address, and puts the count on refusals as well', async () => {
    const open = await probe.app.inject({ url: '/api/v1/probe/page', remoteAddress: '192.0.2.7' });
    assert.equal(open.headers['x-ratelimit-limit'], '100');
    assert.deepEqual([...probe.limiter.counts.keys()], ['GET /api/v1/probe/page ip:192.0.2.7']);
    const forbidden = await post('orders', await tokenWith({ role: 'user' }));
    assert.equal(forbidden.statusCode, 403);
    assert.equal(forbidden.headers['x-ratelimit-remaining'], '2');
    const unknown = await probe.app.inject({ url: '/nothing' });
    assert.equal(unknown.headers['x-ratelimit-limit'], '600');
  });

  it('stops looking at tokens of an address that has sent 600 bad ones in a minute', async () => {
    const from = (remoteAddress: string, token: string) =>
      probe.app.inject({ url: '/api/v1/probe/services/maps', headers: bearer(token), remoteAddress });
    for (let index = 0; index < 600; index++) {
      assert.equal((await from('192.0.2.9', `bad.${index}.token`)).statusCode, 401);
    }
    const valid = await tokenWith({ sub: 'late' });
    const refused = await from('192.0.2.9', valid);
    assert.equal(refused.statusCode, 429);
    assert.ok(Number(refused.headers['retry-after']) <= 60);
    assert.equal((await from('192.0.2.10', valid)).statusCode, 200, 'another address');
    assert.equal((await from('192.0.2.9', valid)).statusCode, 200, 'known by now, so nothing to guess');
  });

  it('believes X-Forwarded-For from a trusted proxy only', async () => {
    const behind = await probeApp({ TRUSTED_PROXIES: '10.0.0.0/8' });
    try {
      for (const remoteAddress of ['10.1.2.3', '192.0.2.1']) {
        const headers = { 'x-forwarded-for': '198.51.100.5' };
        await behind.app.inject({ url: '/api/v1/probe/page', headers, remoteAddress });
      }
      const counted = [...behind.limiter.counts.keys()].map((key) => key.split('ip:')[1]);
      assert.deepEqual(counted, ['198.51.100.5', '192.0.2.1']);
    } finally {
      await behind.app.close();
    }
  });
});
