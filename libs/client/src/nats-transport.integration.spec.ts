import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  DECISIONS_REQUEST,
  errorReported,
  failure,
  ok,
  outcomeReported,
  SignalboxError,
  type DecisionRequest,
} from '@signalbox/contracts';
import { eventually, withServers } from '@signalbox/testkit';
import { createClient, type SignalboxClient } from './client.js';

const report = {
  serviceName: 'stripe' as const,
  coordinationId: 'coordination_1768478400_aaaaaa',
  nodeId: 'node_a',
  outcome: 'success' as const,
  latencyMs: 12,
};
const outage = {
  serviceName: 'maps',
  errorType: 'outage',
  severity: 'high',
  errorMessage: 'it is down',
} as const;

describe('the client over NATS', () => {
  const servers = withServers('nats');
  let signalbox: NatsConnection;
  let manager: JetStreamManager;
  let client: SignalboxClient;

  before(async () => {
    signalbox = await connect({ servers: servers.natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    manager = await jetstreamManager(signalbox);
    await manager.streams.add({
      name: 'REPORTS',
      subjects: ['signalbox.v1.outcomes.>', 'signalbox.v1.errors.>'],
    });
    signalbox.subscribe(DECISIONS_REQUEST, {
      callback: (_, message) => {
        const { operation } = message.json<DecisionRequest>();
        const refused = failure(new SignalboxError('BUDGET_EXHAUSTED', 'the budget is spent'), 'c-1');
        if (operation !== 'unanswered') {
          message.respond(
            JSON.stringify(operation === 'refused' ? refused : ok({ coordinationId: operation })),
          );
        }
      },
    });
    await signalbox.flush();
    client = createClient({ transport: 'nats', nats: { servers: servers.natsUrl }, timeoutMs: 20_000 });
  });
  after(async () => {
    await client.close();
    await signalbox.close();
  });

  /** Every report that JetStream holds. */
  async function stored(): Promise<{ subject: string; body: Record<string, unknown> }[]> {
    const { first_seq: first, messages } = (await manager.streams.info('REPORTS')).state;
    const all = [];
    for (let seq = first; seq < first + messages; seq++) {
      const message = await manager.streams.getMessage('REPORTS', { seq });
      assert.ok(message);
      all.push({ subject: message.subject, body: message.json<Record<string, unknown>>() });
    }
    return all;
  }

  it('asks by request and reply', async () => {
    assert.deepEqual(await client.decide({ serviceName: 'stripe', operation: 'charge' }), {
      coordinationId: 'charge',
    });
  });

  it('rejects with what Signalbox refuses', async () => {
    const refused = client.decide({ serviceName: 'stripe', operation: 'refused' });
    await assert.rejects(refused, { code: 'BUDGET_EXHAUSTED', message: 'the budget is spent' });
  });

  it('rejects with DEPENDENCY_UNAVAILABLE when nothing comes back', async () => {
    const impatient = createClient({
      transport: 'nats',
      nats: { servers: servers.natsUrl },
      timeoutMs: 200,
    });
    const unanswered = impatient.decide({ serviceName: 'stripe', operation: 'unanswered' });
    await assert.rejects(unanswered, { code: 'DEPENDENCY_UNAVAILABLE' });
    await impatient.close();
  });

  it('puts outcomes and errors into JetStream as the contract has them, an outcome once however often reported', async () => {
    client.report(report);
    client.report(report);
    client.emitError(outage);
    assert.equal(await client.flush(30_000), true);
    const messages = await stored();
    assert.deepEqual(messages.map(({ subject }) => subject).toSorted(), [
      'signalbox.v1.errors.reported.maps',
      'signalbox.v1.outcomes.reported.stripe',
    ]);
    for (const { subject, body } of messages) {
      (subject.includes('errors') ? errorReported : outcomeReported).parse(body);
    }
  });

  it('keeps reports while NATS is away and delivers them when it is back', async () => {
    // What was on its way when NATS died is tried again after the time an answer may take.
    const reporting = createClient({
      transport: 'nats',
      nats: { servers: servers.natsUrl },
      timeoutMs: 1_000,
    });
    await reporting.decide({ serviceName: 'stripe', operation: 'charge' }).catch(() => undefined);
    await servers.kill('nats');
    for (let i = 0; i < 20; i++) {
      reporting.report({
        ...report,
        coordinationId: `coordination_1768478400_bbbb${String(i).padStart(2, '0')}`,
      });
    }
    assert.equal(await reporting.flush(300), false);
    await servers.restart('nats');
    assert.equal(await reporting.flush(60_000), true);
    // Its own connection may not be back yet.
    await eventually(async () => assert.equal((await stored()).length, 22));
    await reporting.close();
  });
});

describe('a client without NATS', () => {
  it('is made, falls back, and closes all the same', async () => {
    const client = createClient({
      transport: 'nats',
      nats: { servers: 'nats://127.0.0.1:9' },
      timeoutMs: 100,
      fallbackNodes: { stripe: [{ nodeId: 'stripe_direct', baseUrl: 'https://api.stripe.com' }] },
    });
    assert.equal(await client.call('stripe', ({ node }) => node.nodeId), 'stripe_direct');
    await client.close();
    assert.equal(client.reportCounts().dropped, 1);
  });
});
