import type { Fault, FaultKind } from './faults.js';
import { NodeServer, type NodeStats } from './node-server.js';
import type { SimulatedNodeSpec } from './node-spec.js';
import { newProviders } from './providers/index.js';

export interface SimulatorOptions {
  nodes: readonly SimulatedNodeSpec[];
  /** Two simulators with one seed give the n-th request of a node the same luck. */
  seed: number;
  /** Multiplies every healthy latency; 1 by default. What a fault adds is not scaled. */
  latencyScale?: number;
  /** Monotonic ms, for faults that change with time; `performance.now` by default. */
  nowMs?: () => number;
}

/** One step of a script: what happens, `atMs` after it began to play. */
export type Cue = { atMs: number } & (
  | { apply: Fault; nodeId: string }
  | { clear: FaultKind; nodeId: string }
  | { regionDown: string }
  | { regionUp: string }
);

/** Starts an HTTP server a node, on free ports of the loopback. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { nodes, seed, latencyScale = 1, nowMs = () => performance.now() } = options;
  const providers = newProviders();
  const servers = await Promise.all(
    nodes.map((spec) => NodeServer.start({ spec, provider: providers[spec.api], seed, latencyScale, nowMs })),
  );
  return new Simulator(servers);
}

export class Simulator {
  /** nodeId → where it listens; stays the same through down and up. */
  readonly nodes: Readonly<Record<string, string>>;
  private readonly servers: ReadonlyMap<string, NodeServer>;
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(servers: readonly NodeServer[]) {
    this.servers = new Map(servers.map((server) => [server.spec.nodeId, server]));
    this.nodes = Object.fromEntries(servers.map((server) => [server.spec.nodeId, server.baseUrl]));
  }

  /** Puts a fault on a node, in place of one of the same kind. Throws on an unknown node. */
  async apply(nodeId: string, fault: Fault): Promise<void> {
    await this.server(nodeId).apply(fault);
  }

  /** Ends the node's faults of one kind, or all of them. */
  async clear(nodeId: string, kind?: FaultKind): Promise<void> {
    await this.server(nodeId).clear(kind);
  }

  /** Every node of the region refuses connections. */
  async regionDown(region: string): Promise<void> {
    await Promise.all(this.inRegion(region).map((server) => server.apply({ kind: 'down' })));
  }

  async regionUp(region: string): Promise<void> {
    await Promise.all(this.inRegion(region).map((server) => server.clear('down')));
  }

  /** Plays a script from now on; `stop` ends it. Throws on an unknown node before anything happens. */
  play(cues: readonly Cue[]): void {
    for (const cue of cues) if ('nodeId' in cue) this.server(cue.nodeId);
    for (const cue of cues) {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        void this.perform(cue);
      }, cue.atMs);
      this.timers.add(timer);
    }
  }

  /** nodeId → what the node did so far. */
  stats(): Record<string, NodeStats> {
    return Object.fromEntries([...this.servers].map(([nodeId, server]) => [nodeId, server.stats]));
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.all([...this.servers.values()].map((server) => server.stop()));
  }

  private perform(cue: Cue): Promise<void> {
    if ('apply' in cue) return this.apply(cue.nodeId, cue.apply);
    if ('clear' in cue) return this.clear(cue.nodeId, cue.clear);
    return 'regionDown' in cue ? this.regionDown(cue.regionDown) : this.regionUp(cue.regionUp);
  }

  private inRegion(region: string): NodeServer[] {
    return [...this.servers.values()].filter((server) => server.spec.region === region);
  }

  private server(nodeId: string): NodeServer {
    const server = this.servers.get(nodeId);
    if (server === undefined) throw new Error(`no simulated node ${nodeId}`);
    return server;
  }
}
