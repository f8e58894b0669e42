import { once, setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { OUTCOME_KINDS, type OutcomeKind } from '@signalbox/contracts';
import { freePort } from '@signalbox/dev-stack';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import {
  activate,
  effectOf,
  naturalDelayMs,
  type ActiveFault,
  type Effect,
  type Fault,
  type FaultKind,
} from './faults.js';
import { luckOf } from './luck.js';
import type { SimulatedNodeSpec } from './node-spec.js';
import { parseForm } from './providers/form.js';
import type { Provider } from './providers/provider.js';

/**
 * What the node did, counted where it did it. `timeout` counts the requests it left hanging and
 * `connection_error` the connections it broke; an answer that came after its caller had given up counts as
 * what it was. Refused connections never reach a node and are not counted.
 */
export interface NodeStats {
  requests: number;
  outcomes: Record<OutcomeKind, number>;
  inFlight: number;
  healthChecks: number;
}

export interface NodeServerOptions {
  spec: SimulatedNodeSpec;
  provider: Provider;
  seed: number;
  latencyScale: number;
  nowMs: () => number;
}

const HEALTH_PATH = '/healthz';
const HOST = '127.0.0.1';

/** One node: an HTTP server on a port of its own, which it keeps through down and up. */
export class NodeServer {
  private readonly app: FastifyInstance;
  private server: Server | undefined;
  private faults: ActiveFault[] = [];
  /** Ends the answers under way when the node goes down. */
  private life = new AbortController();
  private readonly counts = {
    requests: 0,
    outcomes: Object.fromEntries(OUTCOME_KINDS.map((kind) => [kind, 0])) as Record<OutcomeKind, number>,
    inFlight: 0,
    healthChecks: 0,
  };

  private constructor(
    private readonly options: NodeServerOptions,
    private readonly port: number,
  ) {
    this.app = fastify({ forceCloseConnections: true });
  }

  static async start(options: NodeServerOptions): Promise<NodeServer> {
    // Not one that the system gives out: it would give it to somebody else while the node is down.
    const node = new NodeServer(options, await freePort());
    await node.prepare();
    await node.listen();
    return node;
  }

  get spec(): SimulatedNodeSpec {
    return this.options.spec;
  }

  get baseUrl(): string {
    return `http://${HOST}:${this.port}`;
  }

  get stats(): NodeStats {
    return { ...this.counts, outcomes: { ...this.counts.outcomes } };
  }

  async apply(fault: Fault): Promise<void> {
    this.faults = [
      ...this.faults.filter((active) => active.fault.kind !== fault.kind),
      activate(fault, this.options.nowMs()),
    ];
    if (fault.kind === 'down') await this.close();
  }

  /** Ends the faults of one kind, or all. */
  async clear(kind?: FaultKind): Promise<void> {
    this.faults = kind === undefined ? [] : this.faults.filter((active) => active.fault.kind !== kind);
    if (!this.faults.some((active) => active.fault.kind === 'down')) await this.listen();
  }

  async stop(): Promise<void> {
    await this.close();
    await this.app.close();
  }

  private async prepare(): Promise<void> {
    const { app } = this;
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
      done(null, parseForm(String(body))),
    );
    app.addHook('onRequest', (request, reply) => this.receive(request, reply));
    app.addHook('onSend', async (request, reply) => this.sent(request, reply));
    app.setNotFoundHandler((request, reply) =>
      reply
        .code(404)
        .send(this.options.provider.error(404, `no such resource: ${request.method} ${request.url}`)),
    );
    app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
      const status = error.statusCode ?? 500;
      return reply.code(status).send(this.options.provider.error(status, error.message));
    });
    app.get(HEALTH_PATH, () => ({ status: 'ok' }));
    this.options.provider.routes(app);
    await app.ready();
  }

  /** Fastify cannot listen twice, so the HTTP server is made anew and handed to its router. */
  private async listen(): Promise<void> {
    if (this.server !== undefined) return;
    this.life = new AbortController();
    // One listener a request in flight, however many those are.
    setMaxListeners(0, this.life.signal);
    this.server = createServer((request, response) => this.app.routing(request, response));
    this.server.listen(this.port, HOST);
    await once(this.server, 'listening');
  }

  private async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    this.life.abort();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Decides the fate of a request before its handler runs. */
  private async receive(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const isCheck = request.url === HEALTH_PATH;
    const effect = this.effectOfNext(isCheck);
    if (!isCheck) this.counts.inFlight += 1;
    switch (effect.kind) {
      case 'limit':
        reply.code(429).header('retry-after', effect.retryAfterSeconds);
        return reply.send(this.options.provider.error(429, 'Too many requests'));
      case 'hang':
        request.raw.socket.once('close', () => this.ended(isCheck, 'timeout'));
        return reply.hijack();
      default:
        if (!(await this.wait(effect.delayMs))) return this.broke(isCheck, reply);
    }
    if (effect.kind === 'reset') {
      request.raw.socket.resetAndDestroy();
      return this.broke(isCheck, reply);
    }
    if (effect.kind === 'fail') {
      return reply
        .code(effect.status)
        .send(this.options.provider.error(effect.status, 'Something went wrong on our side'));
    }
    return undefined;
  }

  /** Health checks have a number and a luck of their own, so that they do not shift the luck of requests. */
  private effectOfNext(isCheck: boolean): Effect {
    const { spec, seed, latencyScale, nowMs } = this.options;
    const n = isCheck ? this.counts.healthChecks++ : this.counts.requests++;
    const luck = luckOf(seed, isCheck ? `${spec.nodeId}${HEALTH_PATH}` : spec.nodeId, n);
    const delayMs = naturalDelayMs(spec.latencyMs * latencyScale, luck.latency);
    const usual = activate({ kind: 'errors', ratio: spec.errorRatio }, 0);
    return effectOf([usual, ...this.faults], delayMs, luck, nowMs());
  }

  /** False when the node went down meanwhile. */
  private async wait(ms: number): Promise<boolean> {
    return delay(ms, true, { signal: this.life.signal }).catch(() => false);
  }

  private broke(isCheck: boolean, reply: FastifyReply): FastifyReply {
    this.ended(isCheck, 'connection_error');
    return reply.hijack();
  }

  private sent(request: FastifyRequest, reply: FastifyReply): void {
    this.ended(request.url === HEALTH_PATH, outcomeOf(reply.statusCode));
  }

  private ended(isCheck: boolean, outcome: OutcomeKind): void {
    if (isCheck) return;
    this.counts.inFlight -= 1;
    this.counts.outcomes[outcome] += 1;
  }
}

function outcomeOf(status: number): OutcomeKind {
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'server_error';
  return status >= 400 ? 'client_error' : 'success';
}
