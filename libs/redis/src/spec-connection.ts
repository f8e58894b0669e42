import { RedisConnection } from './redis-connection.js';

const silent = { info: () => undefined, warn: () => undefined };

/** A connection for specs that says nothing. */
export function aConnection(url: string): RedisConnection {
  return RedisConnection.connect({ url, name: 'spec', logger: silent });
}
