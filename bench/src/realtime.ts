import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServers } from '@signalbox/dev-stack';
import { host } from '@signalbox/hosting';
import { issueDevelopmentToken, loadSettings } from '@signalbox/platform';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { fanOut, type FanOut, type FanOutCase } from './realtime/fan-out.js';

/**
 * `npm run bench -- realtime [--json] [--seconds 6]`: how fast and at what cost messages reach many clients, beside Socket.IO alone
 * in the same run, in turns: the median of three rounds counts. Both are fed through NATS by the same publisher; ours stores
 * and numbers every message first.
 */
const json = process.argv.includes('--json');
const say = (line: string) => void process.stderr.write(`${line}\n`);
/** The last hundredth of one round is a matter of luck. */
const ROUNDS = 3;
const RUN_MS = Number(argumentOf('--seconds') ?? 6) * 1_000;
const CASES: Record<string, FanOutCase> = {
  '500x50': { clients: 500, perSecond: 50, runMs: RUN_MS },
  '1000x20': { clients: 1_000, perSecond: 20, runMs: RUN_MS },
};
/**
 * Fifty messages at once, twice a second, keep the normal lane waiting. A critical one comes right behind each of the
 * bursts, where it would wait longest, and others while they are delivered.
 */
const SATURATED: FanOutCase = {
  clients: 200,
  perSecond: 100,
  burst: 50,
  criticalPerSecond: 20,
  observers: 10,
  runMs: RUN_MS,
};
/** One page, as an operator has it: from the event to the page. */
const ONE: FanOutCase = { clients: 1, perSecond: 100, runMs: RUN_MS };

const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
const servers = await startServers({ dataDir, log: say });
try {
  const env = {
    NATS_URL: servers.natsUrl,
    REDIS_URL: servers.redisUrl,
    DATABASE_URL: servers.databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'error',
  };
  const settings = loadSettings(host(realtimeGateway).settings, env);
  const token = await issueDevelopmentToken({ role: 'admin', subject: 'bench' }, settings);
  const measure = (server: 'realtime-gateway' | 'bare-socketio', of: FanOutCase) =>
    fanOut(server, env, token, of);

  const fanout: Record<string, { ours: FanOut; peer: FanOut }> = {};
  for (const [name, of] of Object.entries(CASES)) {
    const rounds: { ours: FanOut; peer: FanOut }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const peer = await measure('bare-socketio', of);
      rounds.push({ peer, ours: await measure('realtime-gateway', of) });
    }
    const ours = median(rounds.map((round) => round.ours));
    const peer = median(rounds.map((round) => round.peer));
    fanout[name] = { ours, peer };
    say(`${name}: ${described(ours)}; Socket.IO alone: ${described(peer)}`);
  }
  const saturated: FanOut[] = [];
  for (let round = 0; round < ROUNDS; round++) saturated.push(await measure('realtime-gateway', SATURATED));
  const { normal, critical } = median(saturated);
  say(
    `critical while the normal lane waits: p99 ${ms(critical.p99Ms)}, of the normal lane ${ms(normal.p99Ms)}`,
  );
  const one = await measure('realtime-gateway', ONE);
  say(`event to one client: p50 ${ms(one.normal.p50Ms)}, p99 ${ms(one.normal.p99Ms)}`);
  if (json) {
    const largest = fanout['1000x20'];
    const summary = {
      fanout: Object.fromEntries(
        Object.entries(fanout).map(([name, { ours, peer }]) => [
          name,
          {
            p50Ms: round(ours.normal.p50Ms),
            p99Ms: round(ours.normal.p99Ms),
            peerP50Ms: round(peer.normal.p50Ms),
            peerP99Ms: round(peer.normal.p99Ms),
            cpuShare: round(ours.cpuShare),
            peerCpuShare: round(peer.cpuShare),
          },
        ]),
      ),
      criticalP99Ms: round(critical.p99Ms),
      normalP99MsMeanwhile: round(normal.p99Ms),
      eventToClientMsP99: round(one.normal.p99Ms),
      kbPerConnection: round(largest?.ours.kbPerConnection ?? null),
      peerKbPerConnection: round(largest?.peer.kbPerConnection ?? null),
    };
    process.stdout.write(`${JSON.stringify(summary)}\n`);
  }
} finally {
  await servers.stop();
  await rm(dataDir, { recursive: true, force: true });
}

function argumentOf(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** Figure by figure. */
function median(rounds: readonly FanOut[]): FanOut {
  const of = (read: (round: FanOut) => number | null): number => {
    const sorted = rounds.map((round) => read(round) ?? NaN).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? NaN;
  };
  const lane = (read: (round: FanOut) => FanOut['normal']) => ({
    received: of((round) => read(round).received),
    p50Ms: of((round) => read(round).p50Ms),
    p99Ms: of((round) => read(round).p99Ms),
  });
  return {
    normal: lane((round) => round.normal),
    critical: lane((round) => round.critical),
    cpuShare: of((round) => round.cpuShare),
    kbPerConnection: of((round) => round.kbPerConnection),
  };
}

function described({ normal, cpuShare, kbPerConnection }: FanOut): string {
  const received = `${normal.received} received`;
  const latency = `p50 ${ms(normal.p50Ms)}, p99 ${ms(normal.p99Ms)}`;
  return `${received}, ${latency}, ${(cpuShare * 100).toFixed(0)} % of a core, ${kbPerConnection.toFixed(1)} KB a connection`;
}

function ms(value: number | null): string {
  return value === null || Number.isNaN(value) ? 'not measured' : `${value.toFixed(1)} ms`;
}

function round(value: number | null): number | null {
  return value === null || Number.isNaN(value) ? null : Math.round(value * 100) / 100;
}
