import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HOST_SETTINGS, HOSTED, type Hosted, type HostSettings } from '@signalbox/hosting';
import { LOGGER, type Logger } from '@signalbox/platform';
import { Redis } from 'ioredis';
import { QUEUE_REDIS } from './queue-names.js';

/**
 * A connection of the queues' own: BullMQ waits for commands as long as it takes, where limits must be answered at
 * once. It comes back by itself, and says so once when it goes.
 */
function connect(settings: HostSettings, hosted: Hosted, logger: Logger): Redis {
  const redis = new Redis(settings.redisUrl, {
    connectionName: `${hosted.name} ${hosted.replicaId} queues`,
    maxRetriesPerRequest: null,
    connectTimeout: 2_000,
    // A batch that ends ends hundreds of jobs in one turn of the event loop: their commands travel together.
    enableAutoPipelining: true,
    retryStrategy: (attempt) => Math.min(2_000, 100 * 2 ** Math.min(attempt - 1, 5)),
  });
  let reported = '';
  redis.on('error', (error: Error) => {
    if (error.message === reported) return;
    reported = error.message;
    logger.warn({ reason: error.message }, 'the queues cannot reach Redis; requests wait in PostgreSQL');
  });
  redis.on('ready', () => (reported = ''));
  return redis;
}

@Module({
  providers: [{ provide: QUEUE_REDIS, inject: [HOST_SETTINGS, HOSTED, LOGGER], useFactory: connect }],
  exports: [QUEUE_REDIS],
})
export class QueueConnectionModule implements OnApplicationShutdown {
  constructor(@Inject(QUEUE_REDIS) private readonly redis: Redis) {}

  /** What BullMQ still waits for is cut short: PostgreSQL knows all that matters. */
  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
