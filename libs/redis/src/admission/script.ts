import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A Lua script that travels as its digest, and in full only to a server that does not know it yet. */
export class Script {
  private readonly sha: string;

  constructor(private readonly source: string) {
    this.sha = createHash('sha1').update(source).digest('hex');
  }

  async run(client: Redis, keys: string[], args: (string | number)[]): Promise<unknown> {
    try {
      return await client.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      const isUnknown = error instanceof Error && error.message.startsWith('NOSCRIPT');
      if (!isUnknown) throw error;
      return client.eval(this.source, keys.length, ...keys, ...args);
    }
  }
}
