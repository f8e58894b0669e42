import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withServers } from './with-servers.js';

describe('withServers', () => {
  const servers = withServers('redis');

  it('has the named servers running when the tests start', () => {
    assert.match(servers.redisUrl, /^redis:\/\/127\.0\.0\.1:\d+$/);
  });

  it('says so when a test asks for a server that it did not name', () => {
    assert.throws(() => servers.natsUrl, /nats is not part of this stack/);
  });
});
