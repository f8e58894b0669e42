import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { failure, ok, SignalboxError } from '@signalbox/contracts';
import { freePort } from '@signalbox/testkit';
import { createClient, type SignalboxClient } from './client.js';
import type { HttpClientOptions } from './options.js';

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void;

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const report = (coordinationId: string) => ({
  serviceName: 'stripe' as const,
  coordinationId,
  nodeId: 'node_a',
  outcome: 'success' as const,
  latencyMs: 12,
});

/** A server that stands where Signalbox would, on one port through stops and starts. */
class StandIn {
  answer: Answer = json(200, ok({}));
  readonly received: { url: string; headers: IncomingMessage['headers']; body: unknown }[] = [];
  private server!: Server;
  port = 0;

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        this.received.push({ url: request.url ?? '', headers: request.headers, body: JSON.parse(body) });
        this.answer(response, request, body);
      });
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

describe('the client over HTTP', () => {
  let signalbox: StandIn;
  let client: SignalboxClient;
  const connect = (options: Partial<HttpClientOptions> = {}) => {
    const url = `http://127.0.0.1:${signalbox.port}`;
    return (client = createClient({ url, token: 'secret', timeoutMs: 20_000, ...options }));
  };

  beforeEach(async () => {
    signalbox = new StandIn();
    await signalbox.start();
  });
  afterEach(async () => {
    await client.close();
    await signalbox.stop();
  });

  it('posts the decision request with the bearer token and opens the envelope', async () => {
    signalbox.answer = json(200, ok({ coordinationId: 'c' }, 'done'));
    let issued = 0;
    connect({ token: async () => `token-${++issued}`, url: `http://127.0.0.1:${signalbox.port}/egress/` });
    const answer = await client.decide({ serviceName: 'stripe', operation: 'charge' });
    assert.deepEqual(answer, { coordinationId: 'c' });
    await client.decide({ serviceName: 'stripe', operation: 'charge' });
    const [first, second] = signalbox.received;
    assert.equal(first?.url, '/egress/api/v1/enhanced-traffic-coordination/execute-coordination');
    assert.deepEqual(first?.body, { serviceName: 'stripe', operation: 'charge' });
    assert.deepEqual(
      [first?.headers.authorization, second?.headers.authorization],
      ['Bearer token-1', 'Bearer token-2'],
    );
  });

  it('rejects with the code, details and wait of a refusal', async () => {
    const refusal = new SignalboxError('RATE_LIMITED', 'too many', { limit: 5 });
    signalbox.answer = json(429, failure(refusal, 'c-1'), { 'retry-after': '9' });
    connect();
    await assert.rejects(client.decide({ serviceName: 'stripe', operation: 'charge' }), {
      name: 'SignalboxError',
      code: 'RATE_LIMITED',
      message: 'too many',
      details: { limit: 5 },
      retryAfterSeconds: 9,
    });
  });

  const unusable: [string, Answer][] = [
    ['hangs', () => undefined],
    ['closes the connection', (response) => response.destroy()],
    [
      'is an ingress with a page of its own',
      (response) => response.writeHead(502).end('<h1>Bad gateway</h1>'),
    ],
    ['answers something else', json(200, { hello: 'world' })],
    ['answers a code nobody knows', json(418, { success: false, error: { code: 'TEAPOT', message: '' } })],
    ['stops in the middle of the body', (response) => response.writeHead(200).write('{"success":')],
  ];
  for (const [how, answer] of unusable) {
    it(`rejects with DEPENDENCY_UNAVAILABLE in time when the other side ${how}`, async () => {
      signalbox.answer = answer;
      connect({ timeoutMs: 100 });
      const beganMs = performance.now();
      await assert.rejects(client.decide({ serviceName: 'stripe', operation: 'charge' }), {
        code: 'DEPENDENCY_UNAVAILABLE',
      });
      // The HTTP client's own patience is five minutes.
      assert.ok(performance.now() - beganMs < 60_000);
    });
  }

  it('delivers outcomes and errors to their endpoints, as the contract has them', async () => {
    connect();
    client.report(report('coordination_1768478400_aaaaaa'));
    client.emitError({
      serviceName: 'stripe',
      errorType: 'outage',
      severity: 'high',
      errorMessage: 'it is down',
    });
    assert.equal(await client.flush(30_000), true);
    const byUrl = Object.fromEntries(
      signalbox.received.map(({ url, body }) => [url.slice(url.lastIndexOf('/') + 1), body] as const),
    );
    assert.deepEqual(byUrl, {
      'report-outcome': report('coordination_1768478400_aaaaaa'),
      'backend-agent-error': {
        serviceName: 'stripe',
        errorType: 'outage',
        severity: 'high',
        errorMessage: 'it is down',
      },
    });
  });

  it('keeps reports through an outage of Signalbox and delivers each of them after', async () => {
    connect();
    await signalbox.stop();
    const ids = Array.from({ length: 40 }, (_, i) => `coordination_1768478400_${String(i).padStart(6, '0')}`);
    for (const id of ids) client.report(report(id));
    assert.equal(await client.flush(50), false);
    await signalbox.start();
    assert.equal(await client.flush(30_000), true);
    const arrived = signalbox.received.map(({ body }) => (body as { coordinationId: string }).coordinationId);
    assert.deepEqual(arrived.toSorted(), ids);
    assert.deepEqual(client.reportCounts(), { queued: 0, delivered: 40, dropped: 0, refused: 0 });
  });

  it('throws at once on a report that breaks the contract', () => {
    connect();
    assert.throws(() => client.report({ ...report('not-an-id') }), { code: 'VALIDATION_FAILED' });
  });
});
