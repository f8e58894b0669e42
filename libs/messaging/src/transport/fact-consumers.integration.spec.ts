import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Controller } from '@nestjs/common';
import { SignalboxError, subjectOf, type ErrorReported, type OutcomeReported } from '@signalbox/contracts';
import { eventually, withServers } from '@signalbox/testkit';
import { aBus, anErrorReported, anOutcomeReported } from '../spec-bus.js';
import { OnFact, type OnFactOptions } from './decorators.js';
import type { FactContext } from './fact-context.js';
import { currentCorrelationId, withApps } from './spec-app.js';

type Handler = (eventId: string, context: FactContext) => void | Promise<void>;

function outcomes(handler: Handler, options: Partial<OnFactOptions> = {}) {
  @Controller()
  class Outcomes {
    @OnFact('outcomes.reported', { consumer: 'spec', delivery: 'one-replica', from: 'all', ...options })
    async taken(outcome: OutcomeReported, context: FactContext): Promise<void> {
      await handler(outcome.eventId, context);
    }
  }
  return Outcomes;
}

function errors(handler: Handler, options: Partial<OnFactOptions> = {}) {
  @Controller()
  class Errors {
    @OnFact('errors.reported', { consumer: 'spec', delivery: 'every-replica', ...options })
    async taken(error: ErrorReported, context: FactContext): Promise<void> {
      await handler(error.eventId, context);
    }
  }
  return Errors;
}

const idsOf = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const OUTCOMES = 'SIGNALBOX_OUTCOMES';
const DURABLE = 'spec_outcomes_reported';

describe('a consumer that the replicas share', () => {
  const servers = withServers('nats');
  const apps = withApps(servers);
  const settled = () => eventually(async () => (await apps.unsettled(OUTCOMES, DURABLE)) === 0);

  it('hands each message to exactly one of two replicas, and settles all', async () => {
    const seen: string[][] = [[], []];
    await apps.start(outcomes((id) => void seen[0]?.push(id)));
    await apps.start(
      outcomes((id) => void seen[1]?.push(id)),
      await apps.anotherBus(),
    );
    const ids = idsOf('shared', 1_000);
    for (const id of ids) apps.bus.post('outcomes.reported', 'stripe', anOutcomeReported(id));
    await eventually(
      async () => (await apps.unsettled(OUTCOMES, DURABLE)) === 0 && seen.flat().length >= 1_000,
    );
    assert.deepEqual(seen.flat().sort(), ids.sort());
  });

  it('puts what breaks the contract among the dead letters with the reason, and goes on', async () => {
    const seen: string[] = [];
    await apps.start(outcomes((id) => void seen.push(id)));
    const subject = subjectOf('outcomes.reported', 'stripe');
    await apps.publishRaw(subject, '{"eventId":');
    await apps.publishRaw(subject, Buffer.from([0xff, 0xfe]));
    await apps.publishRaw(subject, JSON.stringify({ ...anOutcomeReported('negative'), latencyMs: -1 }));
    await apps.publishRaw(
      subject,
      JSON.stringify({ ...anOutcomeReported('elsewhere'), serviceName: 'twilio' }),
    );
    await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported('good'));

    await eventually(async () => seen.length === 1 && (await apps.deadLetters()).length === 4);
    assert.deepEqual(seen, ['good']);
    const letters = new Map((await apps.deadLetters()).map((letter) => [letter.payload, letter]));
    const cut = letters.get('{"eventId":');
    assert.match(cut?.reason ?? '', /^not JSON/);
    assert.equal(cut?.subject, subject);
    assert.equal(cut?.consumer, 'spec');
    assert.equal(cut?.encoding, 'utf8');
    assert.equal(letters.get(Buffer.from([0xff, 0xfe]).toString('base64'))?.encoding, 'base64');
    const reasons = [...letters.values()].map(({ reason }) => reason).join('\n');
    assert.match(reasons, /breaks the contract of outcomes\.reported: latencyMs must be/);
    assert.match(reasons, /says twilio and came on the subject of another/);
    await settled();
  });

  it('tries a failing message again after growing waits, then makes it a dead letter, while others pass', async () => {
    const attempts: number[] = [];
    const others: string[] = [];
    await apps.start(
      outcomes(
        (id, { deliveries }) => {
          if (id !== 'poison') return void others.push(id);
          attempts.push(performance.now());
          assert.equal(deliveries, attempts.length);
          throw new Error(`no good, attempt ${attempts.length}`);
        },
        { maxDeliver: 3 },
      ),
    );
    await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported('poison'));
    for (const id of idsOf('after', 20))
      await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported(id));
    await eventually(() => others.length === 20);
    await eventually(async () => (await apps.deadLetters()).length === 1);
    assert.equal(attempts.length, 3);
    const [first = 0, second = 0, third = 0] = attempts;
    // 250 ms, then 500 ms, and the server's own time on top.
    assert.ok(second - first >= 240 && third - second >= 490);
    const [letter] = await apps.deadLetters();
    assert.equal(letter?.reason, 'the handler failed 3 times, at last with: no good, attempt 3');
    assert.equal(letter?.deliveries, 3);
    await settled();
  });

  it('gives up a handler after the time that it is given, and what a dead replica held half as long after that', async () => {
    const attempts: number[] = [];
    const hangsOnce = (_id: string, { deliveries }: FactContext): Promise<void> => {
      attempts.push(deliveries);
      return deliveries === 1 ? new Promise(() => undefined) : Promise.resolve();
    };
    await apps.start(outcomes(hangsOnce, { timeoutMs: 200, concurrency: 1 }));
    apps.bus.post('outcomes.reported', 'stripe', anOutcomeReported('hangs'));
    // With the 30 s that handlers have otherwise, this would end too late.
    await eventually(async () => (await apps.unsettled(OUTCOMES, DURABLE)) === 0 && attempts.length > 1, {
      timeoutMs: 20_000,
    });
    // A third, when the acknowledgement of the second was overdue before it arrived.
    assert.deepEqual(attempts.slice(0, 2), [1, 2]);
    const { config } = await apps.bus.requireSession().manager.consumers.info(OUTCOMES, DURABLE);
    assert.equal(config.ack_wait, 300_000_000, 'nanoseconds');
  });

  it('never gives a message up because a dependency is down', async () => {
    let calls = 0;
    await apps.start(
      outcomes(
        () => {
          calls += 1;
          if (calls <= 3) throw new SignalboxError('DEPENDENCY_UNAVAILABLE', 'the database is down');
        },
        { maxDeliver: 2 },
      ),
    );
    await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported('patient'));
    await eventually(() => calls === 4);
    await settled();
    assert.deepEqual(await apps.deadLetters(), []);
  });

  it('runs the handler under the correlation id of the message, or under one of its own', async () => {
    const seen = new Map<string, [string | undefined, string]>();
    await apps.start(
      outcomes((id, context) => void seen.set(id, [currentCorrelationId(), context.correlationId])),
    );
    await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported('a'), { correlationId: 'c-7' });
    await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported('b'));
    await eventually(() => seen.size === 2);
    assert.deepEqual(seen.get('a'), ['c-7', 'c-7']);
    assert.match(seen.get('b')?.[0] ?? '', /^\w{10,}$/);
  });

  it('handles and acknowledges what it has received before it closes', async () => {
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const begun: string[] = [];
    const app = await apps.start(
      outcomes(
        async (id) => {
          begun.push(id);
          await gate;
        },
        { concurrency: 2 },
      ),
    );
    const ids = idsOf('closing', 6);
    for (const id of ids) await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported(id));
    await eventually(async () => (await apps.hasReceived(DURABLE, 6)) && begun.length === 2);
    const closed = app.close();
    finish();
    await closed;
    assert.deepEqual(begun, ids);
    await settled();
  });

  it('goes on after NATS was killed, with every message handled', async () => {
    const seen = new Set<string>();
    await apps.start(outcomes((id) => void seen.add(id)));
    await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported('before'));
    await eventually(() => seen.has('before'));
    await servers.kill('nats');
    for (const id of idsOf('during', 50)) apps.bus.post('outcomes.reported', 'stripe', anOutcomeReported(id));
    await servers.restart('nats');
    await eventually(() => seen.size === 51);
  });
});

describe("a replica's own consumer", () => {
  const servers = withServers('nats');
  const apps = withApps(servers);

  it('hands every message to every replica, in order, and none twice, across a kill of NATS', async () => {
    const seen: string[][] = [[], []];
    const [one, two] = [await apps.anotherBus(), await apps.anotherBus()];
    await apps.bus.publish('errors.reported', 'stripe', anErrorReported('before-any-replica'));
    await apps.start(
      errors((id) => void seen[0]?.push(id)),
      one,
    );
    await apps.start(
      errors((id) => void seen[1]?.push(id)),
      two,
    );
    await eventually(async () => {
      const { state } = await apps.bus.requireSession().manager.streams.info('SIGNALBOX_ERRORS');
      return state.consumer_count === 2;
    });
    const ids = idsOf('error', 900);
    const publish = async (some: string[]) => {
      for (const id of some) await apps.bus.publish('errors.reported', 'stripe', anErrorReported(id));
    };
    await publish(ids.slice(0, 300));
    await eventually(() => seen.every((list) => list.length === 300));

    await servers.kill('nats');
    await eventually(() => [one, two, apps.bus].every(({ state }) => state === 'disconnected'));
    await servers.restart('nats');
    // Published as soon as the publisher is back, whether the replicas are or not.
    await apps.bus.connected();
    await publish(ids.slice(300, 600));
    await eventually(() => seen.every((list) => list.length === 600));

    // Killed in the middle of a delivery.
    for (const id of ids.slice(600)) apps.bus.post('errors.reported', 'stripe', anErrorReported(id));
    await eventually(() => (seen[0]?.length ?? 0) > 600);
    await servers.kill('nats');
    await servers.restart('nats');
    await eventually(() => seen.every((list) => list.length >= 900));
    for (const list of seen) {
      assert.deepEqual(list.slice(0, 600), ids.slice(0, 600));
      assert.deepEqual([...list].sort(), [...ids].sort());
    }
  });

  it('lets others pass while one fails, and makes it one dead letter for the fleet', async () => {
    const seen: string[][] = [[], []];
    const failing = (list: string[] | undefined) => (id: string) => {
      if (id === 'poison') throw new Error('no good');
      list?.push(id);
    };
    await apps.start(errors(failing(seen[0]), { maxDeliver: 2 }));
    await apps.start(errors(failing(seen[1]), { maxDeliver: 2 }), await apps.anotherBus());
    await eventually(async () => {
      const { state } = await apps.bus.requireSession().manager.streams.info('SIGNALBOX_ERRORS');
      return state.consumer_count === 2;
    });
    await apps.bus.publish('errors.reported', 'stripe', anErrorReported('poison'));
    await apps.bus.publish('errors.reported', 'stripe', anErrorReported('good'));
    await eventually(() => seen.every((list) => list.length === 1));
    await eventually(async () => (await apps.deadLetters()).length === 1);
    const [letter] = await apps.deadLetters();
    assert.match(letter?.reason ?? '', /failed 2 times/);
  });

  it('begins with what the stream holds when asked to', async () => {
    await apps.bus.publish('errors.reported', 'stripe', anErrorReported('early'));
    const seen: string[] = [];
    await apps.start(errors((id) => void seen.push(id), { from: 'all' }));
    await eventually(() => seen.length === 1);
  });

  it('waits for a server that is absent when the application starts', async () => {
    const seen: string[] = [];
    await servers.kill('nats');
    const late = aBus(servers.natsUrl);
    const app = await apps.start(
      errors((id) => void seen.push(id)),
      late,
    );
    await servers.restart('nats');
    await late.connected();
    await apps.bus.connected();
    await eventually(async () => {
      await apps.bus.publish('errors.reported', 'stripe', anErrorReported(`probe-${Date.now()}`));
      return seen.length > 0;
    });
    await app.close();
    await late.close();
  });

  it('begins anew with a stream that was lost and made again, as the shared consumer does', async () => {
    const seen: string[][] = [[], []];
    await apps.start(errors((id) => void seen[0]?.push(id)));
    await apps.start(errors((id) => void seen[1]?.push(id), { delivery: 'one-replica', from: 'all' }));
    await apps.bus.publish('errors.reported', 'stripe', anErrorReported('of-the-old-stream'));
    await eventually(() => seen.every((list) => list.length === 1));
    await apps.bus.requireSession().manager.streams.delete('SIGNALBOX_ERRORS');
    await apps.anotherBus();
    await apps.bus.publish('errors.reported', 'stripe', anErrorReported('of-the-new-stream'));
    await eventually(() => seen.every((list) => list.length === 2));
  });
});
