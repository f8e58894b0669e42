import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { subjectOf } from '@signalbox/contracts';
import { startServers, type Stack } from '@signalbox/dev-stack';
import pg from 'pg';
import { Pool } from 'undici';
import { stripeDelivery } from '../webhooks/deliveries.js';
import { ingestEnvironment, startIngest, type Ingest } from '../webhooks/ingest.js';

export interface WebhookKills {
  /** Different events. */
  events: number;
  /** Of the deliveries, how many repeat an earlier one, 0..1. */
  duplicateRatio: number;
  /** SIGKILLs of the process, spread over the load. */
  kills: number;
  log: (line: string) => void;
}

export interface WebhooksSurvived {
  /** Deliveries answered with success, repeated ones included. */
  acknowledged: number;
  /** Rows, and different ids among them. */
  stored: number;
  distinct: number;
  /** Events with exactly one attempt that ended them, and facts that tell of one. */
  processedOnce: number;
  toldOnce: number;
  seconds: number;
}

const IN_FLIGHT = 32;
const CATCH_UP_MS = 300_000;

/** Delivers events, some again and again, as providers do: until they are taken. The process is killed on the way. */
export async function webhookKills({
  events,
  duplicateRatio,
  kills,
  log,
}: WebhookKills): Promise<WebhooksSurvived> {
  const startedMs = performance.now();
  const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-soak-'));
  const servers = await startServers({ dataDir, log, env: {} });
  // Claims of a killed process run out soon, or the end of the soak is spent waiting for them.
  const env = { ...ingestEnvironment(servers, 'soak'), WEBHOOK_LEASE_MS: '3000' };
  let ingest = await startIngest(env);
  try {
    const repeats = Math.round((events * duplicateRatio) / (1 - duplicateRatio));
    const numbers = deliveryOrder(events, repeats);
    let acknowledged = 0;
    const killing = (async () => {
      for (let killed = 0; killed < kills; killed++) {
        while (acknowledged < (numbers.length * (killed + 1)) / (kills + 1)) await delay(5);
        log(`kill -9 after ${acknowledged} acknowledgements`);
        await ingest.kill();
        ingest = await startIngest(env);
      }
    })();
    await deliverAll(
      numbers,
      () => ingest,
      () => (acknowledged += 1),
    );
    await killing;
    // The one with which the replica was found ready is an event too.
    const found = await counted(servers, events + 1);
    return { acknowledged, ...found, seconds: Math.round((performance.now() - startedMs) / 1_000) };
  } finally {
    await ingest.stop();
    await servers.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Each event's number once, and repeated ones some way behind their first. */
function deliveryOrder(events: number, repeats: number): number[] {
  const order: number[] = [];
  const every = Math.max(1, Math.floor(events / Math.max(1, repeats)));
  for (let n = 0; n < events; n++) {
    order.push(n);
    if (n % every === every - 1 && order.length - n - 1 < repeats) order.push(Math.max(0, n - (n % 7)));
  }
  return order;
}

async function deliverAll(
  numbers: readonly number[],
  target: () => Ingest,
  acknowledged: () => void,
): Promise<void> {
  let next = 0;
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string): Pool => {
    const pool = pools.get(origin) ?? new Pool(origin, { connections: IN_FLIGHT });
    pools.set(origin, pool);
    return pool;
  };
  const worker = async (): Promise<void> => {
    for (let index = next++; index < numbers.length; index = next++) {
      const n = numbers[index] as number;
      while (!(await delivered(poolOf, target().webhookUrl, n))) await delay(50);
      acknowledged();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  await Promise.all([...pools.values()].map((pool) => pool.destroy()));
}

async function delivered(poolOf: (origin: string) => Pool, url: string, n: number): Promise<boolean> {
  const { origin, pathname: path } = new URL(url);
  const { headers, body } = stripeDelivery(`evt_soak_${n}`, n);
  try {
    const answer = await poolOf(origin).request({ method: 'POST', path, headers, body });
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}

/** Waits until all is processed and told, or as much as ever will be. */
async function counted(
  { databaseUrl, natsUrl }: Stack,
  expected: number,
): Promise<Pick<WebhooksSurvived, 'stored' | 'distinct' | 'processedOnce' | 'toldOnce'>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const nats = await connect({ servers: natsUrl });
  const manager = await jetstreamManager(nats);
  try {
    const deadlineMs = performance.now() + CATCH_UP_MS;
    for (;;) {
      const { rows } = await client.query<Record<'stored' | 'distinct' | 'once' | 'left', string>>(
        `SELECT (SELECT count(*) FROM webhook_events) AS stored,
           (SELECT count(DISTINCT external_id) FROM webhook_events) AS distinct,
           (SELECT count(*) FROM (
              SELECT 1 FROM webhook_attempts WHERE outcome IN ('processed', 'ignored')
              GROUP BY received_at, event_id HAVING count(*) = 1
            ) AS once) AS once,
           (SELECT count(*) FROM webhook_work) + (SELECT count(*) FROM webhook_outbox) AS left`,
      );
      const row = rows[0];
      const subject = subjectOf('webhooks.processed', 'stripe');
      const info = await manager.streams.info('SIGNALBOX_WEBHOOKS', { subjects_filter: subject });
      const found = {
        stored: Number(row?.stored),
        distinct: Number(row?.distinct),
        processedOnce: Number(row?.once),
        toldOnce: info.state.subjects?.[subject] ?? 0,
      };
      const isOver = found.processedOnce >= expected && Number(row?.left) === 0;
      if (isOver || performance.now() > deadlineMs) return found;
      await delay(200);
    }
  } finally {
    await nats.close();
    await client.end();
  }
}
