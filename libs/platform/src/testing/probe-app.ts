import { Controller, Get, HttpCode, Module, Post, Put } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { contract, ok, SignalboxError, type Success } from '@signalbox/contracts';
import { SignJWT } from 'jose';
import Type, { type Static } from 'typebox';
import { Access, PublicAccess, RawAccess } from '../access/access.js';
import { RateLimiter, type Verdict } from '../access/rate-limiter.js';
import { Correlation } from '../correlation.js';
import { createApp } from '../create-app.js';
import { Caller, Raw, ServiceParam, ValidBody, ValidQuery } from '../http/params.js';
import { RawRequest } from '../http/raw-request.js';
import { createLogger } from '../logging/logger.js';
import { loadSettings, type Environment } from '../settings/load-settings.js';
import { DEVELOPMENT_TOKEN_SECRET } from '../settings/platform-settings.js';

/** An app with one route of each kind, booted whole, for the specs of this library. */

const OrderSchema = Type.Object({
  serviceName: Type.Enum(['stripe', 'maps']),
  item: Type.Object({ quantity: Type.Integer({ minimum: 1 }) }),
});
type Order = Static<typeof OrderSchema>;
const order = contract(OrderSchema);
const PageSchema = Type.Object(
  { limit: Type.Integer({ minimum: 1, default: 50 }), open: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);
const page = contract(PageSchema);

@Controller('probe')
class ProbeController {
  @Post('orders')
  @Access({ roles: ['admin', 'service'], perMinute: 3 })
  order(@ValidBody(order) body: Order, @Caller() caller: Caller): Success<unknown> {
    return ok({ body, subject: caller.subject, correlationId: Correlation.id() }, 'ordered');
  }

  @Post('hot')
  @Access({ roles: ['admin', 'service'], perMinute: 3, hot: true })
  hot(@ValidBody(order) body: Order, @Caller() caller: Caller): Success<unknown> {
    return ok({ body, subject: caller.subject, correlationId: Correlation.id() });
  }

  @Post('accepted')
  @HttpCode(202)
  @Access({ roles: ['admin'], perMinute: 10, hot: true })
  async accepted(): Promise<Success<string>> {
    return ok('later');
  }

  @Post('raw/:serviceName')
  @RawAccess()
  async raw(@ServiceParam() service: string, @Raw() request: RawRequest): Promise<Success<unknown>> {
    const body = await request.readBody(16);
    return ok({ service, query: request.query, hex: body.toString('hex') });
  }

  @Get('page')
  @PublicAccess({ perMinute: 100 })
  page(@ValidQuery(page) query: Static<typeof PageSchema>): Success<unknown> {
    return ok(query);
  }

  @Get('services/:serviceName')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 100 })
  service(@ServiceParam() service: string): Success<string> {
    return ok(service);
  }

  @Put('conflict')
  @PublicAccess({ perMinute: 100 })
  conflict(): never {
    throw new SignalboxError('VERSION_CONFLICT', 'It moved on', { version: 7 });
  }

  @Get('bug')
  @PublicAccess({ perMinute: 100 })
  bug(): never {
    throw new Error('password=hunter2 at /srv/app.js');
  }

  @Get('slow')
  @PublicAccess({ perMinute: 100 })
  async slow(): Promise<Success<string>> {
    process.stdout.write('slow started\n');
    await new Promise((resolve) => setTimeout(resolve, Number(process.env['SLOW_MS'] ?? 400)));
    return ok('finished');
  }
}

/** Counts for ever; `scope` stands for what a real limiter says while its store is away. */
export class CountingLimiter extends RateLimiter {
  scope: Verdict['scope'] = 'shared';
  readonly counts = new Map<string, number>();

  take(key: string, limit: number): Promise<Verdict> {
    return Promise.resolve(this.takeHot(key, limit));
  }

  takeHot(key: string, limit: number): Verdict {
    const used = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, used);
    return {
      allowed: used <= limit,
      limit,
      remaining: Math.max(0, limit - used),
      resetMs: 41_500,
      scope: this.scope,
    };
  }
}

@Module({ controllers: [ProbeController], providers: [{ provide: RateLimiter, useClass: CountingLimiter }] })
export class ProbeModule {}

export interface ProbeApp {
  app: NestFastifyApplication;
  limiter: CountingLimiter;
  /** Everything logged so far, a JSON line each. */
  log: string[];
}

export async function probeApp(env: Environment = {}, module = ProbeModule): Promise<ProbeApp> {
  const log: string[] = [];
  const settings = loadSettings(Type.Object({}), { NODE_ENV: 'test', ...env });
  const logger = createLogger('probe', settings, { write: (line: string) => void log.push(line) });
  const app = await createApp('probe', module, settings, logger);
  await app.getHttpAdapter().getInstance().ready();
  return { app, limiter: app.get(RateLimiter), log };
}

/** A token with claims to choose, wrong ones too; an undefined claim is left out. */
export async function tokenWith(
  claims: Record<string, unknown>,
  key: Parameters<SignJWT['sign']>[0] = new TextEncoder().encode(DEVELOPMENT_TOKEN_SECRET),
  header: { alg: string; kid?: string } = { alg: 'HS256' },
): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const usual = { sub: 'tester', role: 'admin', iss: 'signalbox', aud: 'signalbox', exp: nowSeconds + 600 };
  const given = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(given)).setProtectedHeader(header).sign(key);
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
export const anOrder = { serviceName: 'stripe', item: { quantity: 2 } };
