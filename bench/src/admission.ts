import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RateLimitConfig } from '@signalbox/budgets';
import { startServers } from '@signalbox/dev-stack';
import { RedisConnection } from '@signalbox/redis';
import { eventually } from '@signalbox/testkit';
import { Redis } from 'ioredis';
import { load, type LoadFigures } from './admission/load.js';
import { ESTIMATE_MICRO_USD, ourLedger } from './admission/ours.js';
import { peerUnion } from './admission/peer.js';
import { median } from './decision/http.js';

/**
 * `npm run bench -- admission [--json]`: the step that asks three tiers and two budgets and reserves, beside
 * rate-limiter-flexible's union of three tiers (which knows no budget and keeps no reservation), in turns, on one Redis.
 */
const IN_FLIGHT = 100;
const ROUND_CALLS = 20_000;
const ROUNDS = 5;
const AMPLE: RateLimitConfig = {
  burst: 1_000_000_000,
  sustainedPerHour: 1_000_000_000,
  daily: 1_000_000_000,
};
/** The tier that is asked first is the tightest: what it refuses, the others have counted. */
const TIGHT: RateLimitConfig = { burst: 100, sustainedPerHour: 1_000, daily: 10_000 };
const LEAK_CALLS = 2_000;

const json = process.argv.includes('--json');
const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
const round = (figure: number): number => Math.round(figure * 100) / 100;

const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
const servers = await startServers({ dataDir, nats: false, postgres: false, log: say });
const connection = RedisConnection.connect({
  url: servers.redisUrl,
  name: 'bench',
  logger: { info: () => undefined, warn: () => undefined },
});
// The peer's client is set up like ours: commands of one turn of the event loop travel together.
const client = new Redis(servers.redisUrl, { enableAutoPipelining: true });
try {
  await eventually(() => connection.isAvailable);
  const ours = await ourLedger(connection, 'stripe', AMPLE);
  const peer = peerUnion(client, AMPLE);
  const rounds: { ours: LoadFigures; peer: LoadFigures }[] = [];
  await load(2_000, IN_FLIGHT, (index) => ours.admit(`warm-${index}`));
  await load(2_000, IN_FLIGHT, () => peer.admit('warm'));
  for (let turn = 0; turn < ROUNDS; turn++) {
    const peerFigures = await load(ROUND_CALLS, IN_FLIGHT, () => peer.admit('service'));
    const oursFigures = await load(ROUND_CALLS, IN_FLIGHT, (index) => ours.admit(`${turn}-${index}`));
    rounds.push({ ours: oursFigures, peer: peerFigures });
  }
  const perSecond = median(rounds.map((turn) => turn.ours.perSecond));
  const peerPerSecond = median(rounds.map((turn) => turn.peer.perSecond));
  const ratio = median(rounds.map((turn) => turn.ours.perSecond / turn.peer.perSecond));
  const p99Ms = median(rounds.map((turn) => turn.ours.p99Ms));
  say(`admissions a second, ${IN_FLIGHT} in flight: ${Math.round(perSecond)} (p99 ${round(p99Ms)} ms)`);
  say(`rate-limiter-flexible, union of three: ${Math.round(peerPerSecond)}; ratio ${round(ratio)}`);
  const { leaked, peerLeaked } = await leaks();
  say(`tokens lost to refused calls, of ${LEAK_CALLS} calls: ${leaked}; rate-limiter-flexible ${peerLeaked}`);
  if (json) {
    console.log(
      JSON.stringify({
        perSecond: Math.round(perSecond),
        peerPerSecond: Math.round(peerPerSecond),
        ratio: round(ratio),
        leaked,
        peerLeaked,
        p99Ms: round(p99Ms),
      }),
    );
  }
} finally {
  client.disconnect();
  await connection.close();
  await servers.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** More calls than the tightest tier takes: the tokens that tiers lost to calls that were refused. */
async function leaks(): Promise<{ leaked: number; peerLeaked: number }> {
  const ours = await ourLedger(connection, 'maps', TIGHT);
  const peer = peerUnion(client, TIGHT);
  let [admitted, peerAdmitted] = [0, 0];
  await load(LEAK_CALLS, IN_FLIGHT, async (index) => {
    const isAdmitted = await ours.admit(`leak-${index}`);
    admitted += isAdmitted ? 1 : 0;
  });
  await load(LEAK_CALLS, IN_FLIGHT, async () => {
    const isAdmitted = await peer.admit('leak');
    peerAdmitted += isAdmitted ? 1 : 0;
  });
  const { tiers, budget } = await ours.ledger.state('maps');
  // The burst tier refills meanwhile; the other two, and the budget, keep what was taken.
  const reservations = budget.day.reservedMicroUsd / ESTIMATE_MICRO_USD;
  const lost = [tiers.sustained.used, tiers.daily.used, reservations].map((used) => used - admitted);
  const consumed = await peer.consumed('leak');
  const limits = [TIGHT.burst, TIGHT.sustainedPerHour, TIGHT.daily];
  // A tier loses no more tokens than it has: the peer counts on beyond its limit.
  const peerLost = consumed.map((tokens, tier) => Math.min(tokens, limits[tier] ?? 0) - peerAdmitted);
  const sum = (losses: number[]): number => losses.reduce((total, loss) => total + Math.max(0, loss), 0);
  return { leaked: sum(lost), peerLeaked: sum(peerLost) };
}
