import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startServers, type Stack } from '@signalbox/dev-stack';
import { issueDevelopmentToken } from '@signalbox/platform';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Pool } from 'undici';
import { answerOn } from '../batching/control-plane.js';
import { startChild, type Child } from '../children/child.js';
import { FailingProvider } from './failing-provider.js';

export interface BatchKills {
  requests: number;
  /** In turn: a worker −9, Redis wiped, PostgreSQL −9, Redis −9. */
  kills: number;
  log: (line: string) => void;
}

export interface BatchesSurvived {
  accepted: number;
  /** In exactly one of the two. */
  succeeded: number;
  dead: number;
  notEnded: number;
  /** Writes carried out more often than once, and those that succeeded without having been carried out once. */
  doubled: number;
  imagined: number;
  seconds: number;
}

type Worker = Child<{ url: string }>;

const IN_FLIGHT = 32;
const CATCH_UP_MS = 300_000;
const KILLS = ['worker', 'wipe', 'postgres', 'redis'] as const;

/** Requests from many sides while workers and servers are killed; counts how each ended, and what the provider did. */
export async function batchKills({ requests, kills, log }: BatchKills): Promise<BatchesSurvived> {
  const startedMs = performance.now();
  const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-soak-'));
  const servers = await startServers({ dataDir, log, env: {} });
  const provider = await FailingProvider.start(42);
  const answering = await answerOn(servers.natsUrl, provider.url);
  const workers: Worker[] = [];
  try {
    for (const id of ['soak-a', 'soak-b']) workers.push(await startWorker(servers, id));
    await widen(workers);
    let accepted = 0;
    const killing = killInTurn(
      servers,
      workers,
      kills,
      log,
      (killed) => accepted < (requests * (killed + 1)) / (kills + 1),
    );
    const names = await acceptAll(workers, requests, () => (accepted += 1));
    await killing;
    const states = await ended(servers.databaseUrl, names);
    const writes = [...names].filter(([, name]) => !name.startsWith('/'));
    const times = (name: string) => provider.carriedOut.get(name) ?? 0;
    const counted = (state: string) => [...states.values()].filter((one) => one === state).length;
    return {
      accepted: names.size,
      succeeded: counted('succeeded'),
      dead: counted('dead'),
      notEnded: names.size - counted('succeeded') - counted('dead'),
      doubled: writes.filter(([, name]) => times(name) > 1).length,
      imagined: writes.filter(([id, name]) => states.get(id) === 'succeeded' && times(name) !== 1).length,
      seconds: Math.round((performance.now() - startedMs) / 1_000),
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await answering.close();
    provider.stop();
    await servers.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startWorker({ natsUrl, redisUrl, databaseUrl }: Stack, id: string): Promise<Worker> {
  return startChild('batching', {
    NATS_URL: natsUrl,
    REDIS_URL: redisUrl,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'fatal',
    REPLICA_ID: id,
    BATCH_PROVIDER_TIMEOUT_MS: '3000',
    SERVICE_LIMIT_PER_MINUTE: '100000000',
  });
}

/** Sends as fast as it can: what is tried here is survival, not pace. */
async function widen(workers: readonly Worker[]): Promise<void> {
  const token = await tokenOf('admin');
  for (const service of ['airtable', 'twilio', 'stripe']) {
    const body = JSON.stringify({
      maxItems: 10,
      maxWaitMs: 200,
      costBoundUsd: 10,
      requestsPerSecond: 10_000,
    });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    for (;;) {
      const url = `${workers[0]?.ready.url}/api/v1/admin/batch-policies/${service}`;
      if ((await fetch(url, { method: 'PUT', headers, body })).ok) break;
      await delay(100);
    }
  }
}

async function killInTurn(
  servers: Stack,
  workers: Worker[],
  kills: number,
  log: (line: string) => void,
  isTooEarly: (killed: number) => boolean,
): Promise<void> {
  for (let killed = 0; killed < kills; killed++) {
    while (isTooEarly(killed)) await delay(20);
    const victim = KILLS[killed % KILLS.length] ?? 'worker';
    log(`kill: ${victim}`);
    if (victim === 'worker') {
      await workers.shift()?.kill();
      workers.push(await startWorker(servers, `soak-${killed}`));
    } else if (victim === 'wipe') {
      const redis = new Redis(servers.redisUrl);
      await redis.flushall();
      redis.disconnect();
    } else {
      await servers.kill(victim);
      await servers.restart(victim);
    }
  }
}

/** Each request is asked for until it is taken, always under one key. Returns request id → what it is about. */
async function acceptAll(
  workers: readonly Worker[],
  requests: number,
  accepted: () => void,
): Promise<Map<string, string>> {
  const token = await tokenOf('service');
  const pools = new Map<string, Pool>();
  const names = new Map<string, string>();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < requests; index = next++) {
      const [name, request] = requestOf(index);
      for (let attempt = 0; ; attempt++) {
        const url = workers[(index + attempt) % workers.length]?.ready.url ?? '';
        const pool = pools.get(url) ?? new Pool(url, { connections: IN_FLIGHT });
        pools.set(url, pool);
        const requestId = await handOver(pool, token, { ...request, idempotencyKey: `soak-${index}` });
        if (requestId !== null) {
          names.set(requestId, name);
          break;
        }
        await delay(100);
      }
      accepted();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  await Promise.all([...pools.values()].map((pool) => pool.destroy()));
  return names;
}

async function handOver(pool: Pool, token: string, request: object): Promise<string | null> {
  try {
    const answer = await pool.request({
      method: 'POST',
      path: '/api/v1/external-services/batch-request',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(5_000),
    });
    const { data } = (await answer.body.json()) as { data?: { requestId: string } };
    return answer.statusCode === 202 && data !== undefined ? data.requestId : null;
  } catch {
    return null;
  }
}

/** A record to create, a message to send, or a read; what it is about, and the request. */
function requestOf(index: number): [name: string, request: object] {
  const priority = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'][index % 4];
  if (index % 3 === 0) {
    const name = `R${index}`;
    const payload = { baseId: 'appSOAK', table: 'Soak', records: [{ fields: { Name: name } }] };
    return [name, { serviceName: 'airtable', operation: 'create_records', priority, payload }];
  }
  if (index % 3 === 1) {
    const name = `+1${index}`;
    const payload = { To: name, From: '+15005550006', Body: 'soak' };
    return [name, { serviceName: 'twilio', operation: 'send_message', priority, payload }];
  }
  const path = `/v1/customers/${index % 300}`;
  const payload = { method: 'GET', path };
  return [path, { serviceName: 'stripe', operation: 'request', priority, payload }];
}

function tokenOf(role: 'admin' | 'service'): Promise<string> {
  const issuer = { nodeEnv: 'test', tokenIssuer: 'signalbox', tokenAudience: 'signalbox' } as const;
  return issueDevelopmentToken({ role, subject: 'soak' }, issuer);
}

/** The state of each, when all have ended or nothing more is to be expected. */
async function ended(databaseUrl: string, names: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const deadlineMs = performance.now() + CATCH_UP_MS;
    for (;;) {
      const live = await client.query('SELECT 1 FROM batch_items WHERE ended_at IS NULL LIMIT 1');
      if (live.rowCount === 0 || performance.now() > deadlineMs) break;
      await delay(200);
    }
    const { rows } = await client.query<{ request_id: string; state: string }>(
      'SELECT request_id, state FROM batch_items',
    );
    return new Map(rows.filter((row) => names.has(row.request_id)).map((row) => [row.request_id, row.state]));
  } finally {
    await client.end();
  }
}
