import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServers } from '@signalbox/dev-stack';
import { startChild } from '../children/child.js';
import type { Measured } from '../children/items.js';
import { answerOn } from './control-plane.js';

export interface ThroughputFigures {
  /** Items a second through the batching worker, from acceptance to result. */
  readonly itemsPerSecond: number;
  /** Jobs a second through BullMQ alone: the same Redis, the same concurrency, a processor that does nothing. */
  readonly bareJobsPerSecond: number;
  readonly ratio: number;
}

const ITEMS = 10_000;
const ROUNDS = 3;

/**
 * Mails a second through the worker beside jobs a second through bare BullMQ, in turns in the same run, each in a
 * process of its own on the same Redis; of three rounds the medians. The worker's items are written to PostgreSQL
 * before they are acknowledged, claimed, sent to a provider on the loopback, and their results stored; bare BullMQ
 * does none of it. Coordinator and ledger are played by an answer at once: what is measured is the worker.
 */
export async function throughputFigures(): Promise<ThroughputFigures> {
  const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
  const servers = await startServers({ dataDir, log: () => undefined, env: {} });
  const provider = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(202, { 'x-message-id': 'bench' }).end());
  });
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const answering = await answerOn(servers.natsUrl, baseUrl);
  const env = {
    NATS_URL: servers.natsUrl,
    REDIS_URL: servers.redisUrl,
    DATABASE_URL: servers.databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'fatal',
    BENCH_ITEMS: String(ITEMS),
  };
  const measure = async (child: 'batched-items' | 'bare-bullmq'): Promise<number> => {
    const running = await startChild<Measured>(child, env);
    await running.stop();
    return running.ready.perSecond;
  };
  try {
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await measure('bare-bullmq'));
      ours.push(await measure('batched-items'));
    }
    const [itemsPerSecond, bareJobsPerSecond] = [median(ours), median(bare)];
    return { itemsPerSecond, bareJobsPerSecond, ratio: itemsPerSecond / bareJobsPerSecond };
  } finally {
    await answering.close();
    provider.close();
    await servers.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
