import { RedisConnection, type RedisConnectionOptions } from './redis-connection.js';

const silent = { info: () => undefined, warn: () => undefined };

/** A connection for specs that says nothing, and is as patient as a busy machine wants it. */
export function aConnection(url: string, options: Partial<RedisConnectionOptions> = {}): RedisConnection {
  return RedisConnection.connect({ url, name: 'spec', logger: silent, commandTimeoutMs: 20_000, ...options });
}
