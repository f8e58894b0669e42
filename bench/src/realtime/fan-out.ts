import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { startChild } from '../children/child.js';
import type { ServerUsage } from './measured-server.js';

const ROOM = 'coordination';
const WARM_UP_MS = 1_000;
/** About what a decision is, as front ends are told it. */
const PADDING = 'x'.repeat(400);

interface Lane {
  received: number;
  p50Ms: number | null;
  p99Ms: number | null;
}

interface Lanes {
  normal: Lane;
  critical: Lane;
}

export interface FanOut extends Lanes {
  /** Of one core, 0..1, while it delivered. */
  cpuShare: number;
  kbPerConnection: number;
}

export interface FanOutCase {
  clients: number;
  perSecond: number;
  /** Critical messages beside them, a second. */
  criticalPerSecond?: number;
  /**
   * Clients in a process of their own, beside the others, whose critical messages are measured: one that reads for all the
   * clients of a saturated gateway is itself behind. Half of them come before the others and half after: a message goes to
   * the clients in the order in which they came.
   */
  observers?: number;
  /** Messages come together, that many at a time: the normal lane has more than it can deliver at once. */
  burst?: number;
  runMs: number;
}

/** How a message gets to a server: the room's stream for ours, a core subject for the bare one. */
type Publish = (connection: NatsConnection, message: Record<string, unknown>) => void;

let published = 0;

const streams = new WeakMap<NatsConnection, JetStreamClient>();

const toOurs: Publish = (connection, message) => {
  const withId = headers();
  withId.set('Nats-Msg-Id', `bench-${process.pid}-${++published}`);
  const stream = streams.get(connection) ?? jetstream(connection);
  streams.set(connection, stream);
  void stream
    .publish(`signalbox.v1.rooms.${ROOM}`, JSON.stringify(message), { headers: withId })
    .catch(() => undefined);
};

const toBare: Publish = (connection, message) => {
  connection.publish('bench.realtime', JSON.stringify(message));
};

/** One server, its clients in another process, and messages at a steady rate: open loop. */
export async function fanOut(
  server: 'realtime-gateway' | 'bare-socketio',
  env: Record<string, string>,
  token: string,
  { clients, observers = 0, runMs, ...rates }: FanOutCase,
): Promise<FanOut> {
  const running = await startChild<{ url: string }>(server, env);
  const nats = await connect({ servers: env.NATS_URL ?? '' });
  const publish = server === 'bare-socketio' ? toBare : toOurs;
  try {
    const before = await running.ask<ServerUsage>('usage');
    const open = (count: number) =>
      startChild('realtime-clients', {
        TARGET_URL: running.ready.url,
        TOKEN: token,
        ROOM,
        CLIENTS: String(count),
      });
    const first = observers > 0 ? await open(observers / 2) : undefined;
    const pages = await open(clients);
    const watching = first ?? pages;
    await first?.ask('joinAgain');
    try {
      const connected = await running.ask<ServerUsage>('usage');
      await steadily(nats, publish, rates, WARM_UP_MS);
      for (const one of new Set([pages, watching])) one.tell('reset');
      const start = { ...(await running.ask<ServerUsage>('usage')), atMs: performance.now() };
      await steadily(nats, publish, rates, runMs);
      const end = { ...(await running.ask<ServerUsage>('usage')), atMs: performance.now() };
      const { normal } = await pages.ask<Lanes>('figures');
      const { critical } = await watching.ask<Lanes>('figures');
      return {
        normal,
        critical,
        cpuShare: (end.cpuMs - start.cpuMs) / (end.atMs - start.atMs),
        kbPerConnection: (connected.rssKb - before.rssKb) / clients,
      };
    } finally {
      for (const one of new Set([pages, watching])) await one.stop();
    }
  } finally {
    await nats.close();
    await running.stop();
  }
}

async function steadily(
  nats: NatsConnection,
  publish: Publish,
  { perSecond, criticalPerSecond = 0, burst = 1 }: Omit<FanOutCase, 'clients' | 'runMs'>,
  forMs: number,
): Promise<void> {
  const startMs = performance.now();
  const sent = { normal: 0, critical: 0 };
  for (let elapsed = 0; elapsed < forMs; elapsed = performance.now() - startMs) {
    const due = Math.ceil(((elapsed / 1_000) * perSecond) / burst) * burst;
    for (; sent.normal < due; sent.normal++) publish(nats, message('normal', 'coordination_event'));
    while (sent.critical < (elapsed / 1_000) * criticalPerSecond) {
      sent.critical += 1;
      publish(nats, message('critical', 'emergency_mode_activated'));
    }
    await delay(1);
  }
  await delay(500);
}

function message(priority: string, eventType: string): Record<string, unknown> {
  const sentAtMs = performance.timeOrigin + performance.now();
  return { priority, eventType, timestamp: new Date().toISOString(), sentAtMs, padding: PADDING };
}
