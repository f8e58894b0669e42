import type { Type } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { RouteRule } from '../access/access.js';
import type { AccessGate } from '../access/access-gate.js';
import { Correlation, CORRELATION_HEADER } from '../correlation.js';
import type { HealthRegistry } from '../health/health-registry.js';
import type { Logger } from '../logging/logger.js';
import { hotHandler, rawHook, type RouteAction } from './hot-route.js';
import type { HttpMetrics, RequestObserver } from '../metrics/http-metrics.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Operational endpoints outside the contract (probes, metrics, documentation): no token, no limit. */
    operational?: boolean;
    rule?: RouteRule;
    /** The method of a controller behind the route. */
    action?: RouteAction;
  }
}

export const DOCS_PATH = '/docs';
/** Hot requests are counted in metrics and logged only when they took longer: far above a decision's time. */
const SLOW_HOT_REQUEST_MS = 100;

export interface RequestHooks {
  gate: AccessGate;
  metrics: HttpMetrics;
  health: HealthRegistry;
  logger: Logger;
  instanceOf: (controller: Type) => object;
}

/**
 * Everything that happens to each request around its handler. As hooks of the server, chosen once for each
 * route when it is added: what a route does not need costs it nothing.
 */
export function addRequestHooks(server: FastifyInstance, hooks: RequestHooks): void {
  const unknownPath = hooks.metrics.observer('any', 'unknown');
  server.decorateRequest('caller', null);
  server.decorateRequest('unread', null);

  server.addHook('onRequest', (request, reply, done) => {
    reply.header(CORRELATION_HEADER, request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
    if (hooks.health.isDraining()) reply.header('connection', 'close');
    if (request.is404) done(hooks.gate.refuseUnknownPath(request, reply));
    else done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    if (request.is404) unknownPath(reply.statusCode, reply.elapsedTime);
    done();
  });
  server.addHook('onRoute', (route) => {
    if (route.config?.operational === true || isDocumentation(route.url)) return;
    addRouteHooks(route, ruleOf(route), hooks);
  });
}

function addRouteHooks(
  route: RouteOptions,
  rule: RouteRule,
  { gate, metrics, logger, instanceOf }: RequestHooks,
): void {
  const method = String(route.method);
  // A HEAD request counts as the GET that it stands for.
  const endpoint = `${method === 'HEAD' ? 'GET' : method} ${route.url}`;
  const observe = metrics.observer(method, route.url);
  const log = accessLog(logger, method, route.url);
  const action = route.config?.action;
  if ('raw' in rule) {
    if (action !== undefined) route.onRequest = rawHook(instanceOf(action.controller), action);
    route.onResponse = hotEnd(observe, log);
    return;
  }
  route.onRequest = gate.hookFor(rule, endpoint);
  // After the body has been read, which happens outside the context of the request that it belongs to.
  route.preHandler = (request, _reply, done) => Correlation.run(request.id, done);
  const hot = rule.roles !== null && rule.hot === true;
  route.onResponse = hot ? hotEnd(observe, log) : usualEnd(observe, log);
  if (hot && action !== undefined) route.handler = hotHandler(instanceOf(action.controller), action);
}

type End = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;
type LogRequest = (request: FastifyRequest, reply: FastifyReply, durationMs: number) => void;

function usualEnd(observe: RequestObserver, log: LogRequest): End {
  return (request, reply, done) => {
    const durationMs = reply.elapsedTime;
    observe(reply.statusCode, durationMs);
    log(request, reply, durationMs);
    done();
  };
}

function hotEnd(observe: RequestObserver, log: LogRequest): End {
  return (request, reply, done) => {
    const durationMs = reply.elapsedTime;
    observe(reply.statusCode, durationMs);
    if (reply.statusCode >= 500 || durationMs >= SLOW_HOT_REQUEST_MS) log(request, reply, durationMs);
    done();
  };
}

/** The route's pattern and not the URL: a query string may hold what must not be logged. */
function accessLog(logger: Logger, method: string, route: string): LogRequest {
  return (request, reply, durationMs) => {
    const line = {
      correlationId: request.id,
      method,
      route,
      status: reply.statusCode,
      durationMs: Math.round(durationMs * 1000) / 1000,
      caller: request.caller?.subject ?? null,
      address: request.ip,
    };
    logger.info(line, 'request');
  };
}

/** A route that does not say who may call it is a mistake, and the app does not start with it. */
function ruleOf(route: RouteOptions): RouteRule {
  const rule = route.config?.rule;
  if (rule === undefined) {
    const name = `${String(route.method)} ${route.url} (${route.handler.name})`;
    throw new Error(`${name} does not say who may call it: add @Access or @PublicAccess`);
  }
  return rule;
}

function isDocumentation(url: string): boolean {
  return url === DOCS_PATH || url.startsWith(`${DOCS_PATH}/`);
}
