import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import {
  activeCoordinationsQuery,
  auditQuery,
  connectionsQuery,
  DecisionRequestSchema,
  ErrorReportedSchema,
  nodeStatsSubject,
  OutcomeReportedSchema,
  performanceQuery,
  rangeQuery,
  subjectOf,
  versionsQuery,
  type DeadLetter,
  type Fact,
} from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';
import type { TSchema } from 'typebox';
import { outcomeOf, type Answer } from './support/api.js';
import { BODIES, decisionRequest, errorEvent, outcome } from './support/bodies.js';
import { withFleet } from './support/fleet.js';
import { mutationsOf } from './support/mutations.js';

const ETC = '/enhanced-traffic-coordination';

const QUERIES: [string, { schema: TSchema }, string[]][] = [
  [`${ETC}/coordination-analytics`, rangeQuery, ['from=yesterday', 'to=', 'from=2026-13-45T00:00:00Z']],
  [`${ETC}/active-coordinations`, activeCoordinationsQuery, ['serviceName=paypal', 'limit=0', 'limit=501']],
  [`${ETC}/active-coordinations`, activeCoordinationsQuery, ['cursor=nonsense', 'limit=ten', 'limit=1.5']],
  [`${ETC}/backend-agent-connections`, connectionsQuery, ['limit=-1', 'cursor=bm9uc2Vuc2U', 'page=2']],
  [`${ETC}/performance-metrics/stripe`, performanceQuery, ['timeframe=1y', 'timeframe=1h&timeframe=7d']],
  ['/admin/versions', versionsQuery, ['object=%00', 'limit=NaN', 'cursor=%F0%9F%92%A9']],
  ['/admin/audit', auditQuery, ['actor=%20', 'from=2026-01-01', 'limit=1e9', `action=${'x'.repeat(129)}`]],
];

const envelope = { eventId: 'e1', occurredAt: '2026-01-01T00:00:00.000Z' };

describe('malformed input', () => {
  const fleet = withFleet(['malformed-a']);
  const coordinator = () => fleet.replica('malformed-a');

  describe('a bad body gets 400 that names the field', () => {
    for (const [method, path, schema, valid] of BODIES) {
      it(`${method} ${path}`, async () => {
        const sent = mutationsOf(schema, valid).map(async ({ why, path: field, body }) => {
          const answer = await coordinator().call(method, path, { body });
          const shown = `${field} ${why}: ${JSON.stringify(answer.body)}`;
          assert.equal(answer.status, 400, shown);
          assert.equal(answer.code, 'VALIDATION_FAILED', shown);
          assert.ok(answer.badFields.includes(field), shown);
        });
        await Promise.all(sent);
      });
    }
  });

  describe('a body that is no JSON object of at most 1 MiB', () => {
    for (const [method, path] of BODIES) {
      it(`is refused by ${method} ${path}`, async () => {
        const send = (body: string, type = 'application/json') =>
          coordinator().call(method, path, { body, headers: { 'content-type': type } });
        await refused(send('{"serviceName":'), 400, 'MALFORMED_JSON');
        await refused(send('{"__proto__": {"role": "admin"}}'), 400, 'MALFORMED_JSON');
        for (const noObject of ['[]', '"text"', '42', 'true']) {
          await refused(send(noObject), 400, 'VALIDATION_FAILED');
        }
        await refused(send('serviceName=stripe', 'application/x-www-form-urlencoded'), 415);
        await refused(send('<stripe/>', 'text/xml'), 415, 'UNSUPPORTED_MEDIA_TYPE');
        const huge = JSON.stringify({ padding: 'x'.repeat(1024 * 1024) });
        await refused(send(huge), 413, 'BODY_TOO_LARGE');
      });
    }
  });

  describe('a bad query gets 400', () => {
    for (const [path, , queries] of QUERIES) {
      for (const query of queries) {
        it(`${path}?${query.slice(0, 40)}`, () =>
          refused(coordinator().get(`${path}?${query}`), 400, 'VALIDATION_FAILED'));
      }
    }

    it('and a range that ends before it begins', async () => {
      const range = 'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z';
      const answer = await coordinator().get(`${ETC}/coordination-analytics?${range}`);
      assert.equal(answer.status, 400);
      assert.deepEqual(answer.badFields, ['from']);
    });
  });

  describe('a hostile path never reaches more than a 4xx', () => {
    const names = [
      '%00',
      '..%2F..%2Fetc',
      '%E0%A4%A',
      "'; DROP TABLE decisions; --",
      'x'.repeat(300),
      '%F0%9F%92%A9',
    ];
    for (const path of [
      (name: string) => ['GET', `/admin/catalog/services/${name}`] as const,
      (name: string) => ['GET', `${ETC}/performance-metrics/${name}`] as const,
      (name: string) => ['GET', `/admin/nodes/${name}/credentials`] as const,
      (name: string) => ['GET', `/admin/versions/${name}`] as const,
      (name: string) => ['DELETE', `${ETC}/emergency-override/${name}`] as const,
    ]) {
      it(path(':name').join(' '), async () => {
        for (const name of names) {
          const answer = await coordinator().call(path(name)[0], path(name)[1]);
          assert.ok(answer.status >= 400 && answer.status < 500, `${name}: ${answer.status}`);
        }
      });
    }

    it('and what is not HTTP is answered and closed', async () => {
      const { port } = new URL(coordinator().url);
      const socket = connect(Number(port), '127.0.0.1');
      socket.end('this is not HTTP\r\n\r\n');
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.match(answer, /"success":false/);
    });
  });

  describe('on NATS', () => {
    it('a bad decision request is answered with the failure envelope', async () => {
      for (const { why, path, body } of mutationsOf(DecisionRequestSchema, decisionRequest)) {
        const answer = await fleet.service.requestDecision(body);
        const shown = `${path} ${why}: ${JSON.stringify(answer)}`;
        assert.ok(!answer.success, shown);
        assert.equal(answer.error.code, 'VALIDATION_FAILED', shown);
        assert.ok(answer.correlationId.length > 0, shown);
        const { fields } = answer.error.details as { fields: { path: string }[] };
        assert.ok(
          fields.some((field) => field.path === path),
          shown,
        );
      }
      for (const bytes of ['', '{"serviceName":', '\u0000\ufffd']) {
        const answer = await fleet.service.requestDecision(Buffer.from(bytes));
        assert.equal(answer.success || answer.error.code, 'MALFORMED_JSON');
      }
      assert.ok((await fleet.service.requestDecision(decisionRequest)).success);
    });

    const STREAMS: ['errors.reported' | 'outcomes.reported', TSchema, object, string[]][] = [
      ['errors.reported', ErrorReportedSchema, { ...errorEvent, ...envelope }, ['errors', 'recorder']],
      ['outcomes.reported', OutcomeReportedSchema, { ...outcome, ...envelope }, ['node-facts', 'recorder']],
    ];
    for (const [fact, schema, valid, consumers] of STREAMS) {
      it(`a bad ${fact} becomes a dead letter of each consumer with its reason, and the next is taken`, async () => {
        const letters = await fleet.service.deadLetters();
        const subject = subjectOf(fact, 'stripe');
        const mutations = mutationsOf(schema, valid);
        await Promise.all(mutations.map(({ body }) => fleet.service.publish(subject, body)));
        await fleet.service.publish(subject, Buffer.from('{"serviceName":'));
        await fleet.service.publish(subject, Buffer.from([0xff, 0xfe, 0x00]));
        const wrongSubject = { ...valid, serviceName: 'maps' };
        await fleet.service.publish(subject, wrongSubject);

        const expected = mutations.length + 3;
        for (const consumer of consumers) {
          const own = await eventually(() => {
            const found = letters.filter((letter) => letter.consumer === consumer);
            assert.equal(found.length, expected, `dead letters of ${consumer}`);
            return found;
          });
          for (const { why, path, body } of mutations) {
            const letter = letterOf(own, body);
            assert.ok(letter.reason.includes(path), `${path} ${why}: ${letter.reason}`);
            assert.equal(letter.subject, subject);
          }
          assert.match(letterOf(own, wrongSubject).reason, /subject/);
          assert.ok(own.some(({ encoding }) => encoding === 'base64'));
        }
        await theNextIsTaken(fact);
      });
    }

    it('a bad nodes.stats message is ignored, and gossip goes on', async () => {
      const subject = nodeStatsSubject('maps');
      const { connection } = fleet.service;
      for (const bytes of ['', '{"replicaId":', '"\\u0000"', '[]', '{"replicaId":"x"}', 'null']) {
        connection.publish(subject, bytes);
      }
      const delta = {
        replicaId: 'stranger',
        seq: 1,
        sentAtMs: Date.now(),
        serviceName: 'maps',
        nodes: [],
        settled: [],
        probeOutcomes: [],
      };
      connection.publish(
        subject,
        JSON.stringify({ ...delta, nodes: [{ nodeId: 'maps_here', inFlight: -1 }] }),
      );
      const failing = {
        nodeId: 'maps_mapbox',
        outcomes: { server_error: 5 },
        trailingFailures: 5,
        hadSuccess: false,
        failedHealthChecks: 0,
        latencyMsMax: null,
        latencyMsMean: null,
        latencySketch: null,
        rateLimitedUntilMs: null,
        inFlight: 0,
      };
      connection.publish(subject, JSON.stringify({ ...delta, seq: 2, nodes: [failing] }));
      await eventually(async () => {
        const { excluded } = (await coordinator().decide('maps')).routingDecision;
        return excluded.some(({ nodeId, reason }) => nodeId === 'maps_mapbox' && reason === 'circuit_open');
      });
    });
  });

  it('nothing of all this was unexpected', () => {
    const unexpected = coordinator().log.filter((line) => /unexpected failure|"level":"fatal"/.test(line));
    assert.deepEqual(unexpected, []);
  });

  /** The consumer goes on: an event that follows the bad ones has its effect. */
  async function theNextIsTaken(fact: Fact): Promise<void> {
    if (fact === 'errors.reported') {
      await fleet.service.emitError({
        errorType: 'outage',
        serviceName: 'samsara',
        severity: 'high',
        errorMessage: 'It is down',
        errorDetails: { failedProviders: ['samsara_primary'] },
      });
      await eventually(async () => (await coordinator().nodeFor('samsara')) === 'samsara_backup');
      return;
    }
    const { coordinationId, routingDecision } = await coordinator().decide('stripe');
    const { nodeId } = routingDecision.selectedNode;
    const report = outcomeOf('stripe', nodeId, 'success', { coordinationId });
    await fleet.service.reportOutcome(report);
    await fleet.service.allTaken('outcomes.reported', 'node-facts');
    assert.equal((await coordinator().report(report)).recorded, false);
  }
});

async function refused(asked: Promise<Answer<unknown>>, status: number, code?: string): Promise<void> {
  const answer = await asked;
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  if (code !== undefined) assert.equal(answer.code, code);
}

function letterOf(letters: readonly DeadLetter[], body: unknown): DeadLetter {
  const found = letters.find(({ payload }) => payload === JSON.stringify(body));
  assert.ok(found, `no dead letter of ${JSON.stringify(body)}`);
  return found;
}
