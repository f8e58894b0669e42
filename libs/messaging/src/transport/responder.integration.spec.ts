import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Controller } from '@nestjs/common';
import {
  ok,
  outcomeReport,
  SignalboxError,
  type Failure,
  type OutcomeReport,
  type Success,
} from '@signalbox/contracts';
import { anOutcome, withServers } from '@signalbox/testkit';
import { Replies } from './decorators.js';
import type { FactContext } from './fact-context.js';
import { withApps } from './spec-app.js';

const SUBJECT = 'spec.outcomes';

@Controller()
class Outcomes {
  @Replies(SUBJECT, { queue: 'spec', request: outcomeReport })
  answer(outcome: OutcomeReport, context: FactContext): Success<unknown> {
    if (outcome.nodeId === 'unknown') throw new SignalboxError('UNKNOWN_NODE', 'there is no such node');
    if (outcome.nodeId === 'broken') throw new Error('secret internals');
    return ok({ nodeId: outcome.nodeId, correlationId: context.correlationId });
  }
}

describe('@Replies', () => {
  const servers = withServers('nats');
  const apps = withApps(servers);

  const ask = async (data: string): Promise<Success<unknown> | Failure> => {
    const { connection } = apps.bus.requireSession();
    return (await connection.request(SUBJECT, data, { timeout: 20_000 })).json();
  };

  it('answers every request: with what the handler returns, or with the failure that fits', async () => {
    await apps.start(Outcomes);
    const request = anOutcome();
    assert.deepEqual(await apps.bus.request(SUBJECT, request, { timeoutMs: 20_000, correlationId: 'c-9' }), {
      success: true,
      data: { nodeId: 'node_a', correlationId: 'c-9' },
    });
    const table: [body: string, code: string][] = [
      ['{"serviceName":', 'MALFORMED_JSON'],
      ['', 'MALFORMED_JSON'],
      ['null', 'VALIDATION_FAILED'],
      [JSON.stringify({ ...request, latencyMs: 'slow' }), 'VALIDATION_FAILED'],
      [JSON.stringify({ ...request, nodeId: 'unknown' }), 'UNKNOWN_NODE'],
      [JSON.stringify({ ...request, nodeId: 'broken' }), 'INTERNAL'],
    ];
    for (const [body, code] of table) {
      const answer = await ask(body);
      assert.equal(answer.success, false);
      assert.equal(answer.error.code, code, body);
      assert.ok(answer.correlationId.length > 0);
      assert.doesNotMatch(JSON.stringify(answer), /secret/);
    }
  });

  it('shares the requests among the replicas of a queue, and answers all of them while one leaves', async () => {
    await apps.start(Outcomes);
    const leaving = await apps.start(Outcomes, await apps.anotherBus());
    const answers: Promise<unknown>[] = [];
    for (let n = 0; n < 500; n++) answers.push(apps.bus.request(SUBJECT, anOutcome(), { timeoutMs: 20_000 }));
    await Promise.all([leaving.close(), ...answers]);
  });
});
