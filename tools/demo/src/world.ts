import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { defaultCatalog } from '@signalbox/catalog';
import { wildcardOf, type CircuitChanged } from '@signalbox/contracts';
import { removeAbandoned, startServers, type Stack } from '@signalbox/dev-stack';
import { issueDevelopmentToken, loadSettings, PlatformSettingsSchema } from '@signalbox/platform';
import { catalogAt, nodesOf, startSimulator, type Simulator } from '@signalbox/provider-simulator';
import { startCoordinator, type Coordinator } from './coordinator.js';
import { Operator } from './operator.js';

const RUNS = join(tmpdir(), `signalbox-demo-${userInfo().uid}`);
/** One for both lanes: the n-th request of a node has the same luck in each. */
const SEED = 20_260_115;

/** All that the demo needs, running: real servers, a coordinator, and providers for each lane. */
export interface World {
  coordinator: Coordinator;
  natsUrl: string;
  operator: Operator;
  /** The operator's. */
  adminToken: string;
  /** A token for the services that make the calls. */
  serviceToken: string;
  providers: Simulator;
  /** The same providers again, for the calls that only know the primary nodes. */
  primaryOnlyProviders: Simulator;
  /** Returns what ends it. */
  onCircuitChanged(listener: (change: CircuitChanged) => void): () => void;
  stop(): Promise<void>;
}

/**
 * Starts everything afresh on free loopback ports, with data that is thrown away. Never touches the databases
 * that NATS_URL, REDIS_URL and DATABASE_URL may name: the demo rewrites the catalog. With all apps the coordinator has
 * the console at its address.
 */
export async function startWorld(log: (line: string) => void, withAllApps = false): Promise<World> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const undo of stops.splice(0).reverse()) await undo();
  };
  try {
    const stack = await startStack(log, stops);
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      LOG_LEVEL: 'error',
      NATS_URL: stack.natsUrl,
      REDIS_URL: stack.redisUrl,
      DATABASE_URL: stack.databaseUrl,
    };
    const providers = await kept(startProviders(), stops, (started) => started.stop());
    const primaryOnlyProviders = await kept(startProviders(), stops, (started) => started.stop());
    const coordinator = await kept(startCoordinator(env, withAllApps), stops, (started) => started.stop());
    const events = await kept(connect({ servers: stack.natsUrl }), stops, (connected) => connected.close());
    const settings = loadSettings(PlatformSettingsSchema, env);
    const adminToken = await issueDevelopmentToken({ role: 'admin', subject: 'demo-operator' }, settings);
    const operator = new Operator(coordinator.url, adminToken);
    await operator.putCatalog(catalogAt(defaultCatalog, providers.nodes));
    if (withAllApps) await operator.putBudgets(defaultCatalog);
    return {
      coordinator,
      natsUrl: stack.natsUrl,
      operator,
      adminToken,
      serviceToken: await issueDevelopmentToken({ role: 'service', subject: 'demo' }, settings),
      providers,
      primaryOnlyProviders,
      onCircuitChanged: (listener) => listenForCircuits(events, listener),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startStack(log: (line: string) => void, stops: (() => Promise<void>)[]): Promise<Stack> {
  await mkdir(RUNS, { recursive: true });
  await removeAbandoned(RUNS);
  const dataDir = await mkdtemp(join(RUNS, 'run-'));
  stops.push(() => rm(dataDir, { recursive: true, force: true }));
  return kept(startServers({ dataDir, log, env: {} }), stops, (stack) => stack.stop());
}

/** Without the odd failure that providers have at any time: here each failure has the story it belongs to. */
function startProviders(): Promise<Simulator> {
  const nodes = nodesOf(defaultCatalog).map((node) => ({ ...node, errorRatio: 0 }));
  return startSimulator({ nodes, seed: SEED });
}

/** Notes how to stop what starts, so that a failure after it leaves nothing behind. */
async function kept<T>(
  starting: Promise<T>,
  stops: (() => Promise<void>)[],
  undo: (started: T) => Promise<void>,
): Promise<T> {
  const started = await starting;
  stops.push(() => undo(started));
  return started;
}

function listenForCircuits(
  connection: NatsConnection,
  listener: (change: CircuitChanged) => void,
): () => void {
  const subscription = connection.subscribe(wildcardOf('circuits.changed'), {
    callback: (_, message) => listener(message.json<CircuitChanged>()),
  });
  return () => subscription.unsubscribe();
}
