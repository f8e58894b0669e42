import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessGate } from './access/access-gate.js';
import { RateLimiter } from './access/rate-limiter.js';
import { RevokedTokens } from './access/revoked-tokens.js';
import { tokenKeys } from './access/token-keys.js';
import { TokenVerifier } from './access/token-verifier.js';
import { HealthRegistry } from './health/health-registry.js';
import { addOperationalRoutes } from './health/operational-routes.js';
import { FailureAnswers } from './http/failure-answers.js';
import { httpAdapter } from './http/http-server.js';
import { addDocumentation } from './http/openapi.js';
import { addPages } from './http/pages.js';
import { addRequestHooks } from './http/request-hooks.js';
import { wrongMethods } from './http/wrong-method.js';
import { createLogger, type Logger } from './logging/logger.js';
import { NestLogger } from './logging/nest-logger.js';
import { Metrics } from './metrics/metrics.js';
import { PlatformModule } from './platform.module.js';
import type { PlatformSettings } from './settings/platform-settings.js';

const BASE_PATH = 'api/v1';

/**
 * A Nest app with the platform around it, initialised and not listening. The app's modules provide the
 * {@link RateLimiter}; `pages` is the folder of a built web page to serve at `/`. Rejects when a route does not say who may call it.
 */
export async function createApp(
  name: string,
  appModule: Type | DynamicModule,
  settings: PlatformSettings,
  logger: Logger = createLogger(name, settings),
  pages?: string,
): Promise<NestFastifyApplication> {
  const metrics = new Metrics();
  const health = new HealthRegistry();
  const revoked = new RevokedTokens();
  const expected = { issuer: settings.tokenIssuer, audience: settings.tokenAudience };
  const verifier = new TokenVerifier(tokenKeys(settings), expected, revoked);
  const adapter = httpAdapter(settings);
  const app = await NestFactory.create<NestFastifyApplication>(
    PlatformModule.around(appModule, { settings, logger, metrics, health, verifier, revoked }),
    adapter,
    // Fastify's own JSON parser stays: Nest's default one makes a parser for each request.
    { logger: new NestLogger(logger), bodyParser: false, abortOnError: false },
  );
  const server = adapter.getInstance();
  const gate = new AccessGate(verifier, app.get(RateLimiter, { strict: false }), settings);
  const instanceOf = (controller: Type): object => app.get(controller, { strict: false });
  addRequestHooks(server, { gate, metrics: metrics.http, health, logger, instanceOf });
  const refuseOtherMethods = wrongMethods(server);
  addOperationalRoutes(server, health, metrics);
  if (pages !== undefined) addPages(server, pages);
  app.useGlobalFilters(new FailureAnswers(logger));
  app.setGlobalPrefix(BASE_PATH);
  addDocumentation(app, name);
  await app.init();
  refuseOtherMethods();
  return app;
}
