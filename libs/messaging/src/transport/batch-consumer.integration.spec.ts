import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Controller } from '@nestjs/common';
import { SignalboxError, subjectOf, type OutcomeReported } from '@signalbox/contracts';
import { eventually, withServers } from '@signalbox/testkit';
import { anOutcomeReported } from '../spec-bus.js';
import { OnFactBatch, type OnFactBatchOptions } from './decorators.js';
import { withApps } from './spec-app.js';

const DURABLE = 'rec_outcomes_reported';

function recorder(
  handler: (ids: string[]) => void | Promise<void>,
  options: Partial<OnFactBatchOptions> = {},
) {
  @Controller()
  class Recorder {
    @OnFactBatch('outcomes.reported', {
      consumer: 'rec',
      maxMessages: 100,
      maxWaitMs: 20,
      from: 'all',
      ...options,
    })
    async record(outcomes: OutcomeReported[]): Promise<void> {
      await handler(outcomes.map(({ eventId }) => eventId));
    }
  }
  return Recorder;
}

describe('a batch consumer', () => {
  const servers = withServers('nats');
  const apps = withApps(servers);
  const settled = () => eventually(async () => (await apps.unsettled('SIGNALBOX_OUTCOMES', DURABLE)) === 0);
  const post = (ids: string[]) => {
    for (const id of ids) apps.bus.post('outcomes.reported', 'stripe', anOutcomeReported(id));
  };
  const idsOf = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

  it('hands over as many as it may at a time, without waiting', async () => {
    const sizes: number[] = [];
    const app = await apps.start(recorder((ids) => void sizes.push(ids.length), { maxWaitMs: 600_000 }));
    post(idsOf('many', 1_050));
    await eventually(() => sizes.length === 10);
    await eventually(() => apps.hasReceived(DURABLE, 50));
    await app.close();
    assert.deepEqual(sizes, [...Array<number>(10).fill(100), 50]);
    await settled();
  });

  it('hands over what came, however little, after the wait', async () => {
    const sizes: number[] = [];
    await apps.start(recorder((ids) => void sizes.push(ids.length)));
    await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported('alone'));
    await eventually(() => assert.deepEqual(sizes, [1]));
    await settled();
  });

  it('loses nothing while the database is down, however often it fails, and makes no dead letters of it', async () => {
    const recorded = new Set<string>();
    let failures = 0;
    await apps.start(
      recorder(
        (ids) => {
          if (failures < 4) {
            failures += 1;
            throw new SignalboxError('DEPENDENCY_UNAVAILABLE', 'the database is down');
          }
          for (const id of ids) recorded.add(id);
        },
        { maxDeliver: 2 },
      ),
    );
    post(idsOf('outage', 300));
    await eventually(() => recorded.size === 300);
    await settled();
    assert.deepEqual(await apps.deadLetters(), []);
  });

  it('finds the one message that the handler cannot take, and records all the others', async () => {
    const recorded = new Set<string>();
    await apps.start(
      recorder(
        (ids) => {
          if (ids.includes('one-bad-42')) throw new Error('violates a constraint');
          for (const id of ids) recorded.add(id);
        },
        { maxDeliver: 2 },
      ),
    );
    post(idsOf('one-bad', 100));
    await eventually(() => recorded.size === 99);
    await eventually(async () => (await apps.deadLetters()).length === 1);
    const [letter] = await apps.deadLetters();
    assert.match(letter?.payload ?? '', /one-bad-42/);
    assert.match(letter?.reason ?? '', /failed 2 times, at last with: violates a constraint/);
    await settled();
  });

  it('takes bad payloads out of the batch, each to the dead letters', async () => {
    const recorded: string[] = [];
    await apps.start(recorder((ids) => void recorded.push(...ids)));
    await apps.publishRaw(subjectOf('outcomes.reported', 'stripe'), 'nonsense');
    await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported('good'));
    await eventually(async () => recorded.length === 1 && (await apps.deadLetters()).length === 1);
    await settled();
  });

  it('hands over what it has collected before it closes', async () => {
    const recorded: string[] = [];
    const app = await apps.start(recorder((ids) => void recorded.push(...ids), { maxWaitMs: 60_000 }));
    await apps.bus.publish('outcomes.reported', 'stripe', anOutcomeReported('last'));
    await eventually(() => apps.hasReceived(DURABLE, 1));
    await app.close();
    assert.deepEqual(recorded, ['last']);
    await settled();
  });
});
