import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { defaultCatalog } from '@signalbox/catalog';
import { subjectOf, type OutcomeReported } from '@signalbox/contracts';
import { startServers, type Stack } from '@signalbox/dev-stack';
import pg from 'pg';
import { startChild, type Child } from '../children/child.js';

export interface KillsUnderLoad {
  /** Outcomes that services publish on NATS, each acknowledged by JetStream before it counts. */
  events: number;
  /** SIGKILLs on the way, in turn: a replica, PostgreSQL, Redis, NATS. */
  kills: number;
  log: (line: string) => void;
}

export interface Survived {
  acknowledged: number;
  /** Rows in history. */
  recorded: number;
  distinct: number;
  seconds: number;
}

const IN_FLIGHT = 32;
const CATCH_UP_MS = 300_000;
const VICTIMS = ['replica', 'postgres', 'redis', 'nats'] as const;

type Coordinator = Child<{ url: string }>;

/** Publishes outcomes while processes are killed, and counts what history has in the end. */
export async function killsUnderLoad({ events, kills, log }: KillsUnderLoad): Promise<Survived> {
  const startedMs = performance.now();
  const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-soak-'));
  const servers = await startServers({ dataDir, log, env: {} });
  const replicas: Coordinator[] = [];
  const connection = await connect({
    servers: servers.natsUrl,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  });
  try {
    for (const id of ['soak-a', 'soak-b']) replicas.push(await startReplica(servers, id));
    let acknowledged = 0;
    const killing = kill(
      servers,
      replicas,
      kills,
      (killed) => acknowledged < (events * (killed + 1)) / (kills + 1),
      log,
    );
    await publishAll(connection, events, () => (acknowledged += 1));
    await killing;
    const { recorded, distinct } = await counted(servers.databaseUrl, events);
    return { acknowledged, recorded, distinct, seconds: Math.round((performance.now() - startedMs) / 1000) };
  } finally {
    await connection.close();
    await Promise.all(replicas.map((replica) => replica.stop()));
    await servers.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startReplica({ natsUrl, redisUrl, databaseUrl }: Stack, id: string): Promise<Coordinator> {
  return startChild('coordinator', {
    NATS_URL: natsUrl,
    REDIS_URL: redisUrl,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'fatal',
    REPLICA_ID: id,
  });
}

/** Kills one victim each time another part of the load is through, and starts it again. */
async function kill(
  servers: Stack,
  replicas: Coordinator[],
  kills: number,
  isTooEarly: (killed: number) => boolean,
  log: (line: string) => void,
): Promise<void> {
  for (let killed = 0; killed < kills; killed++) {
    while (isTooEarly(killed)) await delay(20);
    const victim = VICTIMS[killed % VICTIMS.length] ?? 'replica';
    log(`kill -9 ${victim}`);
    if (victim === 'replica') {
      await replicas.shift()?.kill();
      replicas.push(await startReplica(servers, `soak-${killed}`));
    } else {
      await servers.kill(victim);
      await servers.restart(victim);
    }
  }
}

/** Each event is published until JetStream has it, always under one id, as a careful service does. */
async function publishAll(
  connection: NatsConnection,
  events: number,
  acknowledged: () => void,
): Promise<void> {
  let next = 0;
  const publisher = jetstream(connection);
  const worker = async (): Promise<void> => {
    for (let index = next++; index < events; index = next++) {
      const event = outcome(index);
      const subject = subjectOf('outcomes.reported', event.serviceName);
      for (;;) {
        try {
          await publisher.publish(subject, JSON.stringify(event), { msgID: event.eventId, timeout: 2_000 });
          break;
        } catch {
          await delay(100);
        }
      }
      acknowledged();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

function outcome(index: number): OutcomeReported {
  const service = defaultCatalog[index % defaultCatalog.length] ?? defaultCatalog[0]!;
  const nowMs = Date.now();
  return {
    serviceName: service.serviceName,
    coordinationId: `coordination_${Math.floor(nowMs / 1000)}_soak${index.toString(36).padStart(6, '0')}`,
    nodeId: service.nodes[0]?.nodeId ?? '',
    outcome: 'success',
    latencyMs: 100,
    eventId: `soak:${index}`,
    occurredAt: new Date(nowMs).toISOString(),
  };
}

/** Waits until history has all of them, or as many as it will ever have. */
async function counted(databaseUrl: string, events: number): Promise<{ recorded: number; distinct: number }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const deadlineMs = performance.now() + CATCH_UP_MS;
    for (;;) {
      const { rows } = await client.query<{ recorded: string; distinct: string }>(
        'SELECT count(*) AS recorded, count(DISTINCT coordination_id) AS distinct FROM outcomes',
      );
      const [recorded, distinct] = [Number(rows[0]?.recorded), Number(rows[0]?.distinct)];
      if (distinct >= events || performance.now() > deadlineMs) return { recorded, distinct };
      await delay(200);
    }
  } finally {
    await client.end();
  }
}
