import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultCatalog } from '@signalbox/catalog';
import { createClient, type SignalboxClient } from '@signalbox/client';
import type { VersionedService } from '@signalbox/contracts';
import { RestApi, tokenOf } from '@signalbox/hosting/testing';
import { catalogAt, nodesOf, startSimulator, type Simulator } from '@signalbox/provider-simulator';
import { eventually, freePort, withServers } from '@signalbox/testkit';

const STANDALONE = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** Signalbox whole, in a process of its own, over simulated providers. */
export interface World {
  readonly url: string;
  readonly api: RestApi;
  readonly providers: Simulator;
  /** Makes one payment through Signalbox, as its users do; whether it succeeded. */
  pay(): Promise<boolean>;
  kill(): Promise<void>;
  /** At the same address as before. */
  start(): Promise<void>;
}

/** Starts one before the tests of the `describe` this is called in. */
export function withWorld(): World {
  let providers: Simulator;
  let port: number;
  let child: ChildProcess | null = null;
  let client: SignalboxClient;
  let payments = 0;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const stopped = child;
    child = null;
    if (stopped === null || stopped.exitCode !== null || stopped.signalCode !== null) return;
    const exited = once(stopped, 'exit');
    stopped.kill(signal);
    await exited;
  };
  // Registered ahead of the servers' own hook: those must go last.
  after(async () => {
    await client?.close();
    await providers?.stop();
    await stop('SIGTERM');
  });
  const servers = withServers();

  const world: World = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get api() {
      return new RestApi(world.url);
    },
    get providers() {
      return providers;
    },
    async pay() {
      const idempotencyKey = `order-${++payments}`;
      const options = { operation: 'payment_processing', idempotencyKey };
      return client
        .call('stripe', ({ baseUrl }) => postPayment(baseUrl, idempotencyKey), options)
        .then(() => true)
        .catch(() => false);
    },
    kill: () => stop('SIGKILL'),
    async start() {
      const { natsUrl, redisUrl, databaseUrl } = servers;
      const env = {
        ...process.env,
        NODE_ENV: 'test',
        PORT: String(port),
        LOG_LEVEL: 'error',
        NATS_URL: natsUrl,
        REDIS_URL: redisUrl,
        DATABASE_URL: databaseUrl,
      };
      const started = fork(STANDALONE, { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
      child = started;
      for await (const line of createInterface({ input: started.stdout! }))
        if (line.startsWith('ready ')) break;
      started.stdout!.resume();
      await eventually(async () => (await fetch(`${world.url}/readyz`)).ok);
    },
  };

  before(async () => {
    port = await freePort();
    const nodes = nodesOf(defaultCatalog).map((node) => ({ ...node, errorRatio: 0 }));
    providers = await startSimulator({ nodes, seed: 1, latencyScale: 0.1 });
    await world.start();
    for (const service of catalogAt(defaultCatalog, providers.nodes)) {
      const path = `/admin/catalog/services/${service.serviceName}`;
      const { version } = (await world.api.get<VersionedService>(path)).data;
      const { status } = await world.api.put(path, { ...service, expectedVersion: version });
      if (status !== 200) throw new Error(`${path} answered ${status}`);
    }
    client = createClient({
      url: world.url,
      token: await tokenOf({ role: 'service', subject: 'shop' }),
      // The tests are of what a decision looks like, not of what a shop does without one.
      timeoutMs: 30_000,
    });
  });
  return world;
}

async function postPayment(baseUrl: string, idempotencyKey: string): Promise<void> {
  const response = await fetch(`${baseUrl}/v1/payment_intents`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_walk', 'idempotency-key': idempotencyKey },
    body: new URLSearchParams({ amount: '1000', currency: 'usd' }),
  });
  await response.arrayBuffer();
  if (!response.ok)
    throw Object.assign(new Error(`HTTP ${response.status}`), { statusCode: response.status });
}
