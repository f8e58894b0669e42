import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STRATEGY_NAMES } from '@signalbox/contracts';
import { startServers } from '@signalbox/dev-stack';
import { host } from '@signalbox/hosting';
import { issueDevelopmentToken, loadSettings } from '@signalbox/platform';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { startChild } from './children/child.js';
import { deadNodeFigures } from './decision/dead-node.js';
import { httpFigures, type HttpFigures, type HttpTarget } from './decision/http.js';
import { kernelFigures, type KernelFigures } from './decision/kernel.js';
import { natsFigures } from './decision/nats.js';
import { rerouteFigures } from './decision/reroute.js';

/**
 * `npm run bench -- decision [--json]`: how fast a decision is made, and how soon an error changes it on another
 * replica. Speeds are ratios of a baseline measured in turns in the same run.
 */
const json = process.argv.includes('--json');
const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);

const kernel = kernelFigures(4);
const kernel16 = kernelFigures(16);
say('kernel: decisions a second on one core (with an outcome each; p99 of one decision)');
for (const strategy of STRATEGY_NAMES) {
  say(`  ${strategy.padEnd(22)} 4 nodes ${shown(kernel[strategy])}   16 nodes ${shown(kernel16[strategy])}`);
}
const dead = deadNodeFigures();
say(
  `dead node: ${dead.toDeadNode} of ${dead.calls} calls reached it; trip count plus probes: ${dead.allowed}`,
);

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
  const settings = loadSettings(host(routingCoordinator).settings, env);
  const serviceToken = await issueDevelopmentToken({ role: 'service', subject: 'bench' }, settings);
  const adminToken = await issueDevelopmentToken({ role: 'admin', subject: 'bench' }, settings);
  const body = await readFile(exampleFile('execute-coordination.request.json'), 'utf8');
  const [http, nats] = await throughput(env, body, serviceToken);
  for (const figures of http) sayHttp(figures);
  say(
    `NATS request/reply, ${nats.inFlight} in flight: ${nats.perSecond}/s, bare echo ${nats.echoPerSecond}/s, ratio ${nats.ratio.toFixed(2)}`,
  );
  const rerouteMs = await reroute(env, adminToken, serviceToken);
  say(
    `error event to changed decision on another replica: p50 ${rerouteMs.p50} ms, p99 ${rerouteMs.p99} ms (${rerouteMs.samples} samples)`,
  );
  if (json) {
    const perSecond = (figures: typeof kernel) =>
      Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, figure.perSecond]));
    const ratioAt = (inFlight: number) =>
      round(http.find((figures) => figures.inFlight === inFlight)?.ratio ?? NaN);
    console.log(
      JSON.stringify({
        kernel: perSecond(kernel),
        kernel16: perSecond(kernel16),
        httpRatio: ratioAt(64),
        httpRatioOneInFlight: ratioAt(1),
        natsRatio: round(nats.ratio),
        rerouteMs: { p50: rerouteMs.p50, p99: rerouteMs.p99 },
        deadNode: dead,
      }),
    );
  }
} finally {
  await servers.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function throughput(env: Record<string, string>, body: string, token: string) {
  const coordinator = await startChild<{ url: string }>('coordinator', { ...env, REPLICA_ID: 'bench-a' });
  const ours: HttpTarget = {
    url: `${coordinator.ready.url}/api/v1/enhanced-traffic-coordination/execute-coordination`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  };
  // The baselines answer what the coordinator does, byte for byte.
  const answerFile = join(dataDir, 'answer.json');
  const answer = await fetch(ours.url, { method: 'POST', headers: ours.headers, body });
  await writeFile(answerFile, await answer.text());
  const bare = await startChild<{ url: string }>('bare-fastify', { ANSWER_FILE: answerFile });
  const echo = await startChild('nats-echo', { ANSWER_FILE: answerFile, NATS_URL: env.NATS_URL ?? '' });
  try {
    const baseline: HttpTarget = { ...ours, url: `${bare.ready.url}/decide` };
    const http = [await httpFigures(ours, baseline, 1), await httpFigures(ours, baseline, 64)];
    return [http, await natsFigures(env.NATS_URL ?? '', body, 64)] as const;
  } finally {
    await Promise.all([coordinator.stop(), bare.stop(), echo.stop()]);
  }
}

async function reroute(env: Record<string, string>, adminToken: string, serviceToken: string) {
  const first = await startChild<{ url: string }>('coordinator', { ...env, REPLICA_ID: 'bench-b' });
  const second = await startChild<{ url: string }>('coordinator', { ...env, REPLICA_ID: 'bench-c' });
  try {
    return await rerouteFigures(env.NATS_URL ?? '', { url: second.ready.url, adminToken, serviceToken });
  } finally {
    await Promise.all([first.stop(), second.stop()]);
  }
}

function shown({ perSecond, withOutcomePerSecond, p99Micros }: KernelFigures): string {
  const grouped = (figure: number) => figure.toLocaleString('en').padStart(9);
  return `${grouped(perSecond)} (${grouped(withOutcomePerSecond)}; ${p99Micros} µs)`;
}

function sayHttp({ inFlight, perSecond, baselinePerSecond, ratio, p99Ms }: HttpFigures): void {
  say(
    `HTTP execute-coordination, ${inFlight} in flight: ${perSecond}/s (p99 ${p99Ms} ms), bare Fastify ${baselinePerSecond}/s, ratio ${ratio.toFixed(2)}`,
  );
}

function exampleFile(name: string): URL {
  return new URL(`../../libs/contracts/examples/${name}`, import.meta.url);
}

function round(ratio: number): number {
  return Math.round(ratio * 1000) / 1000;
}
