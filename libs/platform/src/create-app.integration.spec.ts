import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Controller, Get, Module, Post, UseGuards, type CanActivate, type Type } from '@nestjs/common';
import { Access, PublicAccess } from './access/access.js';
import { RateLimiter } from './access/rate-limiter.js';
import { HealthRegistry } from './health/health-registry.js';
import { bearer, CountingLimiter, probeApp, tokenWith, type ProbeApp } from './testing/probe-app.js';

function moduleOf(controller: Type): Type {
  @Module({ controllers: [controller], providers: [{ provide: RateLimiter, useClass: CountingLimiter }] })
  class WithController {}
  return WithController;
}

describe('createApp', () => {
  it('does not start with a route that does not say who may call it', async () => {
    @Controller('open')
    class Forgetful {
      @Get('door')
      door(): string {
        return 'in';
      }
    }
    const expected = /GET \/api\/v1\/open\/door \(Forgetful\.door\) does not say who may call it/;
    await assert.rejects(probeApp({}, moduleOf(Forgetful)), expected);
  });

  it('does not start with a hot route that expects a guard to run', async () => {
    class Refuse implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    @Controller('guarded')
    class Guarded {
      @Post()
      @UseGuards(Refuse)
      @Access({ roles: ['admin'], perMinute: 1, hot: true })
      decide(): string {
        return 'in';
      }
    }
    await assert.rejects(probeApp({}, moduleOf(Guarded)), /Guarded\.decide is called directly/);
  });

  it('does not start with a hot route whose argument nobody reads', async () => {
    @Controller('unread')
    class Unread {
      @Post()
      @Access({ roles: ['admin'], perMinute: 1, hot: true })
      decide(body: unknown): unknown {
        return body;
      }
    }
    await assert.rejects(probeApp({}, moduleOf(Unread)), /Unread\.decide is called directly/);
  });

  it('does not start without a rate limiter', async () => {
    @Controller()
    class Empty {
      @Get()
      @PublicAccess({ perMinute: 1 })
      nothing(): string {
        return '';
      }
    }
    @Module({ controllers: [Empty] })
    class Unlimited {}
    await assert.rejects(probeApp({}, Unlimited), /RateLimiter/);
  });
});

describe('a started app', () => {
  let probe: ProbeApp;
  before(async () => (probe = await probeApp()));
  after(() => probe.app.close());

  const get = (url: string) => probe.app.inject({ url });

  it('is alive always, and ready while nothing required is down', async () => {
    const health = probe.app.get(HealthRegistry);
    let state: 'operational' | 'down' = 'operational';
    health.register('catalog', {
      required: true,
      check: () => ({ state, reason: 'no catalog; start PostgreSQL' }),
    });
    health.register('redis', { required: false, check: () => ({ state: 'down' }) });
    assert.equal((await get('/readyz')).statusCode, 200);
    state = 'down';
    const unready = await get('/readyz');
    assert.equal(unready.statusCode, 503);
    assert.deepEqual(unready.json<{ error: { details: unknown } }>().error.details, {
      reasons: ['no catalog; start PostgreSQL', 'redis is down'],
    });
    assert.equal((await get('/livez')).statusCode, 200);
  });

  it('measures answers by route pattern, unknown paths under one name', async () => {
    const headers = bearer(await tokenWith({}));
    await probe.app.inject({ url: '/api/v1/probe/services/maps', headers });
    await get('/api/v1/never/heard/of');
    const { body } = await get('/metrics');
    const count = 'http_request_duration_seconds_count';
    assert.match(
      body,
      new RegExp(`${count}{method="GET",route="/api/v1/probe/services/:serviceName",status="200"} 1`),
    );
    assert.match(body, new RegExp(`${count}{method="any",route="unknown",status="404"} 1`));
    assert.match(body, /^process_cpu_user_seconds_total /m);
    assert.doesNotMatch(body, /never\/heard/);
  });

  it('logs each request by its pattern with its caller, hot ones only when they fail or are slow', async () => {
    const headers = bearer(await tokenWith({ sub: 'logged' }));
    await probe.app.inject({ url: '/api/v1/probe/services/maps?token=abc', headers });
    await probe.app.inject({ method: 'POST', url: '/api/v1/probe/accepted', headers });
    const lines = probe.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter((line) => line['msg'] === 'request' && line['caller'] === 'logged');
    // The machine may have stood still within the hot request: then it was slow, and is told.
    const unlessSlow = requests.filter(
      ({ route, durationMs }) => route !== '/api/v1/probe/accepted' || Number(durationMs) < 100,
    );
    assert.deepEqual(
      unlessSlow.map(({ method, route, status }) => ({ method, route, status })),
      [{ method: 'GET', route: '/api/v1/probe/services/:serviceName', status: 200 }],
    );
    assert.ok(!probe.log.join('').includes('token=abc'));
  });

  it('documents every route with its roles, limit, body and failures, and serves a page', async () => {
    const document = (await get('/docs/json')).json<{
      openapi: string;
      paths: Record<
        string,
        Record<string, { description: string; requestBody?: unknown; responses: object }>
      >;
    }>();
    assert.equal(document.openapi, '3.1.0');
    const order = document.paths['/api/v1/probe/orders']?.['post'];
    assert.equal(order?.description, 'Roles: admin, service. Limit: 3 requests a minute.');
    assert.match(JSON.stringify(order.requestBody), /"quantity":\{"type":"integer","minimum":1\}/);
    assert.ok('default' in order.responses);
    const page = await get('/docs');
    assert.match(page.body, /swagger-ui/);
    assert.equal((await get('/docs/swagger-ui-bundle.js')).statusCode, 200);
  });
});
