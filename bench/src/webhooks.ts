import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { subjectOf, type WebhookReceived } from '@signalbox/contracts';
import { startServers } from '@signalbox/dev-stack';
import pg from 'pg';
import { startChild } from './children/child.js';
import { WEBHOOK_SECRET, stripeDelivery } from './webhooks/deliveries.js';
import { ingestEnvironment, startIngest } from './webhooks/ingest.js';
import { openLoop, quantile, type Latencies } from './webhooks/open-loop.js';
import { verificationFigures } from './webhooks/verification.js';

/**
 * `npm run bench -- webhooks [--json] [--quick]`: deliveries at a steady rate, each durable before its answer, beside
 * the usual recipe in the same run and on the same PostgreSQL, in turns; how soon NATS has the event; and
 * signatures verified a second beside the official libraries.
 */
const json = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);

const RATES = [500, 1_000, 2_000];
const ROUNDS = quick ? 1 : 3;
const ROUND_SECONDS = quick ? 3 : 6;
const WARM_UP_SECONDS = 2;

interface RateFigures {
  p50Ms: number;
  p99Ms: number;
  peerP50Ms: number;
  peerP99Ms: number;
  /** Of ours: from receipt to the event on NATS. */
  receiptToEventMsP99: number;
}

const verification = verificationFigures();
say('signatures verified a second on one core (official library)');
for (const [scheme, { perSecond, peerPerSecond }] of Object.entries(verification)) {
  say(`  ${scheme.padEnd(16)} ${String(perSecond).padStart(8)} (${peerPerSecond ?? '–'})`);
}

const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
const servers = await startServers({ dataDir, log: say, env: {} });
try {
  const ingest = await startIngest(ingestEnvironment(servers, 'bench'));
  const recipe = await startChild<{ url: string }>('webhook-recipe', {
    DATABASE_URL: servers.databaseUrl,
    WEBHOOK_SECRET,
  });
  try {
    const rates = await compare(ingest.webhookUrl, `${recipe.ready.url}/webhook/stripe`);
    const receiptToEventMsP99 = Math.max(
      ...Object.values(rates).map((figures) => figures.receiptToEventMsP99),
    );
    if (json) console.log(JSON.stringify({ rates, receiptToEventMsP99, verification }));
  } finally {
    await Promise.all([ingest.stop(), recipe.stop()]);
  }
} finally {
  await servers.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function compare(ours: string, theirs: string): Promise<Record<string, RateFigures>> {
  const database = new pg.Client({ connectionString: servers.databaseUrl });
  await database.connect();
  const nats = await connect({ servers: servers.natsUrl });
  const events: number[] = [];
  nats.subscribe(subjectOf('webhooks.received', 'stripe'), {
    callback: (_error, message) => {
      const nowMs = Date.now();
      events.push(nowMs - Date.parse(message.json<WebhookReceived>().receivedAt));
    },
  });
  try {
    const figures: Record<string, RateFigures> = {};
    for (const url of [theirs, ours]) await run(url, 500, WARM_UP_SECONDS);
    for (const rate of RATES) {
      const rounds: { ours: Latencies; theirs: Latencies; events: Latencies }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        await processed(database);
        const peer = await run(theirs, rate, ROUND_SECONDS);
        events.length = 0;
        const own = await run(ours, rate, ROUND_SECONDS);
        await processed(database);
        rounds.push({ ours: own, theirs: peer, events: [...events].sort((a, b) => a - b) });
      }
      const of = (pick: (round: (typeof rounds)[number]) => Latencies, q: number) =>
        median(rounds.map((round) => quantile(pick(round), q)));
      const found: RateFigures = {
        p50Ms: of((round) => round.ours, 0.5),
        p99Ms: of((round) => round.ours, 0.99),
        peerP50Ms: of((round) => round.theirs, 0.5),
        peerP99Ms: of((round) => round.theirs, 0.99),
        receiptToEventMsP99: of((round) => round.events, 0.99),
      };
      figures[rate] = found;
      say(
        `${rate}/s: p50 ${found.p50Ms} ms, p99 ${found.p99Ms} ms; recipe p50 ${found.peerP50Ms} ms, p99 ${found.peerP99Ms} ms; ` +
          `receipt to NATS event p99 ${found.receiptToEventMsP99} ms`,
      );
    }
    return figures;
  } finally {
    await nats.close();
    await database.end();
  }
}

/** Made and signed beforehand: the load must not compete with what it measures. */
async function run(url: string, perSecond: number, seconds: number): Promise<Latencies> {
  const stamp = Date.now().toString(36);
  const deliveries = Array.from({ length: perSecond * seconds }, (_, n) =>
    stripeDelivery(`evt_${stamp}_${n}`, n),
  );
  return openLoop(url, deliveries, perSecond);
}

/** Waits until nothing of ours is left to do, so that the recipe's turn is its own. */
async function processed(database: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await database.query<{ left: string }>(
      'SELECT (SELECT count(*) FROM webhook_work) + (SELECT count(*) FROM webhook_outbox) AS left',
    );
    if (Number(rows[0]?.left) === 0) return;
    await delay(100);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
