import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ReceivedMessage } from '@signalbox/client/realtime';
import { RECENT_MESSAGES } from '@signalbox/realtime-gateway';
import { eventually, withServers } from '@signalbox/testkit';
import { Balancer } from './support/balancer.js';
import { withPages } from './support/clients.js';
import { GatewayProcess } from './support/gateway-process.js';
import { Publisher } from './support/publisher.js';

/** A page that found nobody for long waits up to 15 s between two tries. */
const CATCH_UP = { timeoutMs: 90_000 };

describe('a client of the gateway', () => {
  let gateway: GatewayProcess;
  let balancer: Balancer;
  let publisher: Publisher;
  after(() => gateway.kill());
  after(() => balancer.close());
  after(() => publisher.close());
  const servers = withServers();
  const open = withPages();

  before(async () => {
    const { natsUrl, redisUrl, databaseUrl } = servers;
    const env = { NATS_URL: natsUrl, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl };
    gateway = new GatewayProcess(env);
    await gateway.start();
    // One address for the pages, wherever the gateway is after a restart.
    balancer = await Balancer.before([gateway]);
    publisher = await Publisher.connect(natsUrl);
  });

  const told = (messages: readonly ReceivedMessage[]) => messages.map(({ n }) => n);
  const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

  for (const fault of ['gateway', 'nats', 'redis', 'postgres'] as const) {
    it(`is told everything once and in order while ${fault} is killed`, async () => {
      const page = open(balancer.url, ['coordination']);
      await eventually(() => assert.equal(page.client.state.state, 'live'), CATCH_UP);
      const say = async (from: number, to: number) => {
        for (let n = from; n < to; n++) await publisher.say('coordination', { n });
      };
      await say(0, 20);
      await eventually(() => assert.deepEqual(told(page.messages), upTo(20)), CATCH_UP);

      if (fault === 'gateway') await gateway.kill();
      else await servers.kill(fault);
      const saying = say(20, 40);
      if (fault === 'gateway') await saying.then(() => gateway.start());
      else await servers.restart(fault);
      await saying;
      await say(40, 60);
      await eventually(() => assert.deepEqual(told(page.messages), upTo(60)), CATCH_UP);
      assert.ok(page.joined.slice(1).every(([, answer]) => answer.joined && answer.recovered === true));
      page.client.close();
    });
  }

  it('is told so, and how things stand, when it missed more than can be told', async () => {
    const page = open(balancer.url, ['agents']);
    await eventually(() => assert.equal(page.client.state.state, 'live'), CATCH_UP);
    await publisher.say('agents', { n: -1 });
    await eventually(() => assert.equal(page.messages.length, 1), CATCH_UP);
    await gateway.kill();
    const many = RECENT_MESSAGES + 1;
    for (let n = 0; n < many; n += 50) {
      await Promise.all(
        Array.from({ length: Math.min(50, many - n) }, (_, i) => publisher.say('agents', { n: n + i })),
      );
    }
    await gateway.start();
    await eventually(() => assert.equal(page.joined.length, 2), CATCH_UP);
    const [, answer] = page.joined[1]!;
    assert.ok(answer.joined);
    assert.equal(answer.recovered, false);
    assert.ok('snapshot' in answer);
    await publisher.say('agents', { n: 'after' });
    await eventually(() => assert.deepEqual(told(page.messages), [-1, 'after']), CATCH_UP);
  });
});
