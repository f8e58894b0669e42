import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, ManualClock, withServers } from '@signalbox/testkit';
import { aConnection } from './spec-connection.js';
import { CallerLimiter } from './caller-limiter.js';
import type { LimitVerdict } from './limit-verdict.js';
import type { RedisConnection } from './redis-connection.js';

describe('CallerLimiter over two replicas', () => {
  const servers = withServers('redis');
  const clock = new ManualClock();
  let connections: RedisConnection[];
  let limiters: [CallerLimiter, CallerLimiter];

  before(async () => {
    connections = [aConnection(servers.redisUrl), aConnection(servers.redisUrl)];
    limiters = connections.map(
      (connection) => new CallerLimiter({ connection, replicas: () => 2, nowMs: () => clock.nowMs() }),
    ) as typeof limiters;
    await allAre(true);
  });
  after(async () => {
    for (const limiter of limiters) limiter.close();
    await Promise.all(connections.map((connection) => connection.close()));
  });

  const allAre = (available: boolean) =>
    eventually(() => connections.every(({ isAvailable }) => isAvailable === available));

  /** `each` calls on both replicas at once. */
  const takes = (key: string, limit: number, each: number): Promise<LimitVerdict[]> =>
    Promise.all(limiters.flatMap((limiter) => Array.from({ length: each }, () => limiter.take(key, limit))));
  const allowedOf = (verdicts: LimitVerdict[]) => verdicts.filter(({ allowed }) => allowed).length;

  it('admits exactly the limit, however the calls fall on the replicas', async () => {
    const verdicts = await takes('exact', 30, 40);
    assert.equal(allowedOf(verdicts), 30);
    assert.ok(verdicts.every(({ scope, limit }) => scope === 'shared' && limit === 30));
    const refused = verdicts.find(({ allowed }) => !allowed);
    assert.equal(refused?.remaining, 0);
    assert.ok(refused && refused.resetMs > 0 && refused.resetMs <= 60_000);
  });

  it('takes its first call in one turn with other commands, and both get their own answer', async () => {
    const connection = aConnection(servers.redisUrl);
    const limiter = new CallerLimiter({ connection, replicas: () => 1 });
    await eventually(() => connection.isAvailable);
    const [stored, verdict] = await Promise.all([
      connection.run((redis) => redis.set('beside', 'the limit')),
      limiter.take('first', 5),
    ]);
    assert.equal(stored, 'OK');
    assert.deepEqual([verdict.scope, verdict.remaining], ['shared', 4]);
    limiter.close();
    await connection.close();
  });

  it('keeps callers apart', async () => {
    assert.equal(allowedOf(await takes('caller-a', 3, 5)), 3);
    assert.equal(allowedOf(await takes('caller-b', 3, 5)), 3);
  });

  it('lets a hot limit converge: what one replica took, the other does not give again', async () => {
    const [one, two] = limiters;
    const first = Array.from({ length: 70 }, () => one.takeHot('hot', 100));
    assert.equal(allowedOf(first), 70);
    // A replica learns of the fleet when it takes: its first call of the window opens the exchange.
    assert.equal(two.takeHot('hot', 100).allowed, true);
    await eventually(() => two.takeHot('hot', 100).remaining <= 30 - 2);
    const rest = Array.from({ length: 100 }, () => two.takeHot('hot', 100));
    const total = allowedOf(rest) + 70;
    assert.ok(total <= 100, `the fleet admitted ${total} of 100`);
    assert.equal(two.takeHot('hot', 100).allowed, false);
    // The first replica still has room by its own count of 70 until it hears of the second's 30.
    await eventually(() => !one.takeHot('hot', 100).allowed);
  });

  it('starts a hot window anew with the minute', () => {
    const [one] = limiters;
    for (let call = 0; call < 5; call++) one.takeHot('minute', 5);
    assert.equal(one.takeHot('minute', 5).allowed, false);
    clock.advance(one.takeHot('minute', 5).resetMs);
    assert.deepEqual(one.takeHot('minute', 5), {
      allowed: true,
      limit: 5,
      remaining: 4,
      resetMs: 60_000,
      scope: 'shared',
    });
  });

  it('falls back to its share while Redis is away, says so, and shares again when it is back', async () => {
    await servers.kill('redis');
    await allAre(false);
    // ceil(5 / 2) = 3 on each of two replicas.
    const verdicts = await takes('outage', 5, 10);
    assert.equal(allowedOf(verdicts), 6);
    assert.ok(verdicts.every(({ scope, limit }) => scope === 'local' && limit === 3));
    const hot = limiters.flatMap((limiter) =>
      Array.from({ length: 10 }, () => limiter.takeHot('outage-hot', 5)),
    );
    assert.equal(allowedOf(hot), 6);
    assert.ok(hot.every(({ scope, limit }) => scope === 'local' && limit === 3));

    await servers.restart('redis');
    await allAre(true);
    const again = await takes('recovered', 5, 10);
    assert.equal(allowedOf(again), 5);
    assert.ok(again.every(({ scope }) => scope === 'shared'));
    // What was taken alone is told to the fleet afterwards: 6 of 5 are gone, so nothing is left of this minute.
    assert.equal(limiters[0].takeHot('outage-hot', 5).scope, 'shared');
    await eventually(() => limiters.every((limiter) => !limiter.takeHot('outage-hot', 5).allowed));
  });
});
