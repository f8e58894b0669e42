import { Injectable } from '@nestjs/common';
import { DEDUPLICATION_WINDOW_MS } from '@signalbox/batching';
import { BatchItemStore, type BatchItemRecord } from '@signalbox/persistence';
import { RedisConnection } from '@signalbox/redis';

/**
 * Which request answered a read within the last minute, for the process that takes a service over, and for its own
 * after a restart. What Redis forgets costs one read more.
 */
@Injectable()
export class AnsweredReads {
  constructor(
    private readonly redis: RedisConnection,
    private readonly items: BatchItemStore,
  ) {}

  /** The request that has the answer already; null when there is none, or nobody can say. */
  async find(key: string): Promise<BatchItemRecord | null> {
    const requestId = await this.redis.run((redis) => redis.get(redisKey(key))).catch(() => null);
    return requestId === null ? null : this.answerOf(requestId);
  }

  async answerOf(requestId: string): Promise<BatchItemRecord | null> {
    const record = await this.items.find(requestId);
    return record?.state === 'succeeded' || record?.state === 'failed' ? record : null;
  }

  /** `askedAtMs`: an answer is never older than a minute, counted from the question. */
  remember(key: string, requestId: string, askedAtMs: number, nowMs: number): void {
    const leftMs = askedAtMs + DEDUPLICATION_WINDOW_MS - nowMs;
    if (leftMs < 1) return;
    this.redis
      .run((redis) => redis.set(redisKey(key), requestId, 'PX', Math.floor(leftMs)))
      .catch(() => undefined);
  }
}

function redisKey(key: string): string {
  return `signalbox:batching:answered:${key}`;
}
