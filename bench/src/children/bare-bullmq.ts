import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { CONCURRENCY, inFlight, settled, type Measured } from './items.js';

/** The same items through BullMQ alone: a job each, a processor that does nothing, nothing kept. */
const connection = new Redis(process.env.REDIS_URL ?? '', { maxRetriesPerRequest: null });
const queue = new Queue('bare', { connection });
let processed = 0;
const worker = new Worker('bare', () => Promise.resolve(void (processed += 1)), {
  connection,
  concurrency: CONCURRENCY,
});
await worker.waitUntilReady();

const data = {
  serviceName: 'sendgrid',
  operation: 'mail_send',
  payload: {
    personalizations: [{ to: [{ email: 'user@example.com' }] }],
    from: { email: 'bench@example.com' },
    subject: 'Invoice',
    content: [{ type: 'text/plain', value: 'Enclosed.' }],
  },
};

async function run(count: number): Promise<Measured> {
  const startedMs = performance.now();
  const target = processed + count;
  const options = { priority: 3, removeOnComplete: true, removeOnFail: true };
  await inFlight(count, async () => void (await queue.add('request', data, options)));
  await settled(() => Promise.resolve(processed >= target));
  return { perSecond: Math.round((count * 1_000) / (performance.now() - startedMs)) };
}

const count = Number(process.env.BENCH_ITEMS);
await run(Math.ceil(count / 10));
process.send?.({ ready: await run(count) });
process.on('SIGTERM', () => {
  void Promise.all([worker.close(), queue.close()])
    .then(() => connection.quit())
    .then(() => process.exit(0));
});
