import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  SignalboxError,
  type DecisionAnswer,
  type DecisionRequest,
  type OutcomeReport,
} from '@signalbox/contracts';
import { SignalboxClient } from './client.js';
import type { Attempt, AttemptRecord, ClientOptions } from './options.js';
import type { Notice, Transport } from './transport.js';

const away = new SignalboxError('DEPENDENCY_UNAVAILABLE', 'away');

function anAnswer(number: number, nodeIds: readonly string[]): DecisionAnswer {
  const nodes = nodeIds.map((nodeId) => ({
    nodeId,
    baseUrl: `http://${nodeId}`,
    providerName: nodeId.toUpperCase(),
    region: 'us-east-1',
    successRate: 99,
    costPerRequest: 0.01,
    healthScore: 90,
  }));
  const [selectedNode, ...others] = nodes;
  const alternatives = others.map((node, i) => ({ ...node, rank: i + 2, estimatedLatency: 100 }));
  const coordinationId = `coordination_1768478400_${String(number).padStart(6, '0')}`;
  return { coordinationId, routingDecision: { selectedNode, alternatives } } as unknown as DecisionAnswer;
}

/** A Signalbox in memory: answers with the scripted rankings in turn (the last one for ever), or throws them. */
class ScriptedSignalbox implements Transport {
  readonly lanes = 8;
  readonly requests: DecisionRequest[] = [];
  readonly outcomes: OutcomeReport[] = [];

  constructor(public script: (readonly string[] | Error)[] = [['a', 'b', 'c']]) {}

  async decide(request: DecisionRequest): Promise<DecisionAnswer> {
    this.requests.push(request);
    const next = this.script.length > 1 ? this.script.shift()! : this.script[0]!;
    if (next instanceof Error) throw next;
    return anAnswer(this.requests.length, next);
  }

  async deliver(notice: Notice): Promise<void> {
    if (notice.kind === 'outcome') this.outcomes.push(notice.body);
  }

  async close(): Promise<void> {}
}

function aClient(signalbox = new ScriptedSignalbox(), options: Partial<ClientOptions> = {}) {
  const attempts: AttemptRecord[] = [];
  const settings = {
    url: 'http://unused',
    token: '',
    onAttempt: (a: AttemptRecord) => attempts.push(a),
    ...options,
  };
  const client = new SignalboxClient(settings as ClientOptions, signalbox);
  return { client, signalbox, attempts, nodesTried: () => attempts.map(({ nodeId }) => nodeId) };
}

const http = (status: number) => Object.assign(new Error(`status ${status}`), { status });
/** Fails on the named nodes, answers with the node's name on the others. */
const failingOn =
  (error: unknown, ...nodeIds: string[]) =>
  ({ node }: Attempt) => {
    if (nodeIds.includes(node.nodeId)) throw error;
    return node.nodeId;
  };

describe('call', () => {
  it('runs the function on the chosen node and reports its outcome under the decision', async () => {
    const { client, signalbox } = aClient();
    let seen: Attempt | undefined;
    const value = await client.call('stripe', (attempt) => ((seen = attempt), 'paid'), {
      operation: 'charge',
      idempotencyKey: 'order-1',
      actualCostUsd: () => 0.031,
    });
    assert.equal(value, 'paid');
    assert.equal(seen?.baseUrl, 'http://a');
    assert.equal(seen?.node.providerName, 'A');
    assert.equal(seen?.idempotencyKey, 'order-1');
    assert.deepEqual(signalbox.requests, [{ serviceName: 'stripe', operation: 'charge' }]);
    await client.flush();
    const [outcome] = signalbox.outcomes;
    assert.equal(outcome?.coordinationId, seen?.coordinationId);
    assert.deepEqual([outcome?.nodeId, outcome?.outcome, outcome?.actualCost], ['a', 'success', 0.031]);
  });

  it('falls back along the ranking, each attempt under a decision of its own', async () => {
    const { client, signalbox, nodesTried } = aClient();
    const value = await client.call('maps', failingOn(http(503), 'a', 'b'), { idempotent: true });
    assert.equal(value, 'c');
    assert.deepEqual(nodesTried(), ['a', 'b', 'c']);
    await client.flush();
    assert.deepEqual(
      signalbox.outcomes.map(({ coordinationId, nodeId, outcome, statusCode }) => [
        coordinationId,
        nodeId,
        outcome,
        statusCode,
      ]),
      [
        ['coordination_1768478400_000001', 'a', 'server_error', 503],
        ['coordination_1768478400_000002', 'b', 'server_error', 503],
        ['coordination_1768478400_000003', 'c', 'success', undefined],
      ],
    );
  });

  it('prefers what a fresh decision knows over the first ranking', async () => {
    const { client, nodesTried } = aClient(
      new ScriptedSignalbox([
        ['a', 'b', 'c'],
        ['c', 'a'],
      ]),
    );
    await client.call('maps', failingOn(http(500), 'a'), { idempotent: true });
    assert.deepEqual(nodesTried(), ['a', 'c']);
  });

  const repeatable: [string, object, string[]][] = [
    ['an unkeyed write', {}, ['a']],
    ['an idempotent call', { idempotent: true }, ['a', 'b']],
    ['a keyed call', { idempotencyKey: 'k' }, ['a', 'b']],
    ['a call told not to', { idempotent: true, maxAttempts: 1 }, ['a']],
  ];
  const failures: [string, unknown][] = [
    ['a server error', http(500)],
    ['a rate limit', http(429)],
    ['a reset connection', Object.assign(new Error(), { code: 'ECONNRESET' })],
    ['a timeout', Object.assign(new Error(), { code: 'ETIMEDOUT' })],
  ];
  for (const [what, options, expected] of repeatable) {
    for (const [failure, error] of failures) {
      it(`${what} is tried on ${expected.join(', then ')} after ${failure}`, async () => {
        const { client, nodesTried } = aClient();
        await client.call('stripe', failingOn(error, 'a'), options).catch(() => undefined);
        assert.deepEqual(nodesTried(), expected);
      });
    }
  }

  it("never repeats a call for the caller's own errors", async () => {
    for (const error of [http(402), http(404), new TypeError('bug')]) {
      const { client, nodesTried, signalbox } = aClient();
      await assert.rejects(client.call('stripe', failingOn(error, 'a'), { idempotencyKey: 'k' }), error);
      assert.deepEqual(nodesTried(), ['a']);
      await client.flush();
      assert.equal(signalbox.outcomes[0]?.outcome, 'client_error');
    }
  });

  it('rejects with the last error as the function threw it', async () => {
    const { client } = aClient();
    const error = http(500);
    await assert.rejects(
      client.call('maps', failingOn(error, 'a', 'b', 'c'), { idempotent: true }),
      (e) => e === error,
    );
  });

  it('resolves with the last answer when the function returns responses and never throws', async () => {
    const { client, nodesTried } = aClient();
    const run = ({ node }: Attempt) => new Response(node.nodeId, { status: 502 });
    const response = await client.call('maps', run, { idempotent: true });
    assert.equal(await response.text(), 'c');
    assert.deepEqual(nodesTried(), ['a', 'b', 'c']);
  });

  it('stays inside the retry budget of the service when everything fails', async (t) => {
    t.mock.method(performance, 'now', () => 0);
    const { client, attempts } = aClient();
    for (let i = 0; i < 100; i++) {
      await client
        .call('maps', failingOn(http(500), 'a', 'b', 'c'), { idempotent: true })
        .catch(() => undefined);
    }
    // 100 calls earn 20 retries, the reserve is 10.
    assert.equal(attempts.length, 130);
    await client.call('stripe', failingOn(http(500), 'a'), { idempotent: true });
    assert.equal(attempts.length, 132, 'another service has its own budget');
  });

  it('ends an attempt on time when the function ignores its signal, and calls it a timeout', async () => {
    const { client, signalbox } = aClient();
    let signal: AbortSignal | undefined;
    const run = (attempt: Attempt) => ((signal = attempt.signal), new Promise<never>(() => undefined));
    await assert.rejects(client.call('stripe', run, { attemptTimeoutMs: 5 }), { name: 'TimeoutError' });
    assert.equal(signal?.aborted, true);
    await client.flush();
    assert.equal(signalbox.outcomes[0]?.outcome, 'timeout');
  });

  it("does not hold the caller's own abort against the node, nor tries another", async () => {
    const { client, signalbox, nodesTried } = aClient();
    const cancel = new AbortController();
    const run = () => (cancel.abort(new Error('the customer left')), new Promise<never>(() => undefined));
    const call = client.call('stripe', run, { idempotencyKey: 'k', signal: cancel.signal });
    await assert.rejects(call, { message: 'the customer left' });
    assert.deepEqual(nodesTried(), ['a']);
    await client.flush();
    assert.equal(signalbox.outcomes[0]?.outcome, 'client_error');
  });

  it('judges by the classify it is given', async () => {
    const { client, nodesTried } = aClient();
    const run = ({ node }: Attempt) => ({ status: node.nodeId === 'a' ? 'OVER_QUERY_LIMIT' : 'OK' });
    const value = await client.call('maps', run, {
      idempotent: true,
      classify: (settled) =>
        settled.ok && (settled.value as { status: string }).status !== 'OK'
          ? { outcome: 'rate_limited' }
          : { outcome: 'success' },
    });
    assert.deepEqual(value, { status: 'OK' });
    assert.deepEqual(nodesTried(), ['a', 'b']);
  });

  it('rejects with what Signalbox refuses, without running the function', async () => {
    const refused = new SignalboxError('BUDGET_EXHAUSTED', 'the budget is spent');
    const { client, attempts } = aClient(new ScriptedSignalbox([refused]));
    await assert.rejects(
      client.call('stripe', () => 'never'),
      refused,
    );
    assert.deepEqual(attempts, []);
  });

  it("answers with the node's failure when Signalbox refuses another attempt", async () => {
    const refused = new SignalboxError('BUDGET_EXHAUSTED', 'the budget is spent');
    const { client } = aClient(new ScriptedSignalbox([['a', 'b'], refused]));
    const error = http(500);
    await assert.rejects(
      client.call('maps', failingOn(error, 'a'), { idempotent: true }),
      (e) => e === error,
    );
  });

  it('refuses a request that breaks the contract before anything is sent', async () => {
    const { client, signalbox } = aClient();
    await assert.rejects(
      client.call('stripe', () => 1, { operation: '' }),
      { code: 'VALIDATION_FAILED' },
    );
    assert.deepEqual(signalbox.requests, []);
  });
});

describe('call without Signalbox', () => {
  it('goes by the last ranking it gave, and reports under ids of its own', async () => {
    const { client, signalbox, attempts } = aClient();
    await client.call('maps', () => 1);
    signalbox.script = [away];
    const value = await client.call('maps', failingOn(http(500), 'a'), { idempotent: true });
    assert.equal(value, 'b');
    assert.deepEqual(
      attempts.map(({ nodeId, chosenBy }) => [nodeId, chosenBy]),
      [
        ['a', 'decision'],
        ['a', 'remembered'],
        ['b', 'remembered'],
      ],
    );
    await client.flush();
    const ids = signalbox.outcomes.map(({ coordinationId }) => coordinationId);
    assert.equal(new Set(ids).size, 3);
    assert.match(ids[1]!, /^local_\d{10}_[0-9a-f]{16}$/);
  });

  it('walks the ranking at hand when Signalbox goes away between two attempts', async () => {
    const { client, attempts } = aClient(new ScriptedSignalbox([['a', 'b', 'c'], away]));
    await client.call('maps', failingOn(http(500), 'a', 'b'), { idempotent: true });
    assert.deepEqual(
      attempts.map(({ nodeId }) => nodeId),
      ['a', 'b', 'c'],
    );
    assert.equal(new Set(attempts.map(({ coordinationId }) => coordinationId)).size, 3);
  });

  it('tries a node that failed last, so that one dead node costs one call and not every call', async () => {
    const { client, signalbox, nodesTried } = aClient();
    await client.call('stripe', () => 1);
    signalbox.script = [away];
    const run = failingOn(http(500), 'a');
    await client.call('stripe', run).catch(() => undefined);
    await client.call('stripe', run);
    await client.call('stripe', run);
    assert.deepEqual(nodesTried(), ['a', 'a', 'b', 'b']);
  });

  it('goes by the configured nodes when it never had a decision', async () => {
    const fallbackNodes = { stripe: [{ nodeId: 'stripe_direct', baseUrl: 'https://api.stripe.com' }] };
    const { client, attempts } = aClient(new ScriptedSignalbox([away]), { fallbackNodes });
    assert.equal(await client.call('stripe', ({ baseUrl }) => baseUrl), 'https://api.stripe.com');
    assert.equal(attempts[0]?.chosenBy, 'configured');
    await assert.rejects(
      client.call('maps', () => 1),
      { code: 'DEPENDENCY_UNAVAILABLE' },
    );
  });

  it('asks an absent Signalbox once a second and not at every call', async (t) => {
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    const { client, signalbox } = aClient();
    await client.call('stripe', () => 1);
    signalbox.script = [away];
    for (let i = 0; i < 50; i++) await client.call('stripe', () => 1);
    assert.equal(signalbox.requests.length, 2);
    nowMs += 1_000;
    for (let i = 0; i < 50; i++) await client.call('stripe', () => 1);
    assert.equal(signalbox.requests.length, 3);
  });

  for (const code of ['SHUTTING_DOWN', 'INTERNAL', 'RATE_LIMITED'] as const) {
    it(`goes on when Signalbox answers ${code}`, async () => {
      const { client, signalbox } = aClient();
      await client.call('stripe', () => 1);
      signalbox.script = [new SignalboxError(code, code)];
      assert.equal(await client.call('stripe', ({ node }) => node.nodeId), 'a');
    });
  }
});
