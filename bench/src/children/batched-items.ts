import 'reflect-metadata';
import { AcceptRequest, batchingWorker } from '@signalbox/batching-worker';
import type { BatchRequest } from '@signalbox/contracts';
import { host } from '@signalbox/hosting';
import { BatchItemStore } from '@signalbox/persistence';
import { loadSettings, startApp } from '@signalbox/platform';
import { inFlight, settled, type Measured } from './items.js';

/** Mails through the worker as it ships, from acceptance to result, and says how many a second. */
const definition = host(batchingWorker);
const settings = loadSettings(definition.settings, process.env, definition.problemsOf);
const app = await startApp(definition, settings);
const accept = app.get(AcceptRequest, { strict: false });
const items = app.get(BatchItemStore, { strict: false });
const caller = { subject: 'bench', role: 'service', services: null } as const;

function aMail(index: number): BatchRequest {
  return {
    serviceName: 'sendgrid',
    operation: 'mail_send',
    priority: 'MEDIUM',
    deadlineMs: 50,
    payload: {
      personalizations: [{ to: [{ email: `user${index}@example.com` }] }],
      from: { email: 'bench@example.com' },
      subject: 'Invoice',
      content: [{ type: 'text/plain', value: 'Enclosed.' }],
    },
  };
}

let next = 0;
async function run(count: number): Promise<Measured> {
  const startedMs = performance.now();
  await inFlight(count, async () => void (await accept.accept(aMail(next++), caller)));
  await settled(async () => ((await items.liveCounts()).sendgrid ?? 0) === 0);
  return { perSecond: Math.round((count * 1_000) / (performance.now() - startedMs)) };
}

const count = Number(process.env.BENCH_ITEMS);
// The first items find the policies unread, the duty untaken and the code cold.
await run(Math.ceil(count / 10));
process.send?.({ ready: await run(count) });
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
