import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, freePort, withServers } from '@signalbox/testkit';
import { aConnection } from './spec-connection.js';

const DEPENDENCY_UNAVAILABLE = { code: 'DEPENDENCY_UNAVAILABLE' };
const IMPATIENT = { commandTimeoutMs: 250 };

describe('RedisConnection', () => {
  const servers = withServers('redis');

  it('starts without a server and refuses commands at once', async () => {
    const connection = aConnection(`redis://127.0.0.1:${await freePort()}`);
    const refused = assert.rejects(
      connection.run((redis) => redis.get('x')),
      DEPENDENCY_UNAVAILABLE,
    );
    // Before anything can come in from outside: it waited for no connection.
    const late = new Promise((resolve) => setImmediate(resolve, 'late'));
    assert.notEqual(await Promise.race([refused, late]), 'late');
    assert.equal(connection.state, 'disconnected');
    await connection.close();
  });

  it('takes no pause of its own process for one of the server', async () => {
    const connection = aConnection(servers.redisUrl, IMPATIENT);
    await eventually(() => connection.isAvailable);
    const answered = connection.run((redis) => redis.ping());
    const endOfPauseMs = performance.now() + 600;
    while (performance.now() < endOfPauseMs);
    assert.equal(await answered, 'PONG');
    await connection.close();
  });

  it('waits no longer for a server that does not answer, and leaves it alone for a while', async () => {
    const connection = aConnection(servers.redisUrl, IMPATIENT);
    const operator = aConnection(servers.redisUrl);
    await eventually(() => connection.isAvailable && operator.isAvailable);
    // Writes are held back for longer than the test takes.
    await operator.run((redis) => redis.call('CLIENT', 'PAUSE', '300000', 'WRITE'));
    await assert.rejects(
      connection.run((redis) => redis.set('held', 'back')),
      DEPENDENCY_UNAVAILABLE,
    );
    assert.equal(connection.isAvailable, false);
    await eventually(() => connection.isAvailable);
    await operator.run((redis) => redis.call('CLIENT', 'UNPAUSE'));
    await Promise.all([connection.close(), operator.close()]);
  });

  it('fails the commands in flight when the server dies, and comes back with it', async () => {
    const connection = aConnection(servers.redisUrl);
    const states: string[] = [];
    connection.onStateChange((state) => states.push(state));
    await eventually(() => connection.isAvailable);
    // Blocks on the server until it is killed.
    const blocked = connection.run((redis) => redis.blpop('nothing', 0));
    await Promise.all([assert.rejects(blocked, DEPENDENCY_UNAVAILABLE), servers.kill('redis')]);
    await eventually(() => connection.state === 'disconnected');
    await servers.restart('redis');
    await eventually(() => connection.isAvailable);
    assert.equal(await connection.run((redis) => redis.ping()), 'PONG');
    assert.deepEqual(states, ['connected', 'disconnected', 'connected']);
    await connection.close();
  });
});
