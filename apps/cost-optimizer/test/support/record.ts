import { defaultCatalog } from '@signalbox/catalog';
import {
  toMicroUsd,
  type DecisionMade,
  type OutcomeReported,
  type ServiceConfig,
  type ServiceName,
} from '@signalbox/contracts';
import {
  AuditStore,
  CatalogStore,
  ConfigStore,
  Database,
  HistoryStore,
  Partitions,
} from '@signalbox/persistence';
import { aDecision } from './outside.js';

const BY = { actor: 'a test', role: 'admin', correlationId: 'a-test' } as const;

/** A call as history shall have it. */
export interface PastCall {
  serviceName: ServiceName;
  nodeId: string;
  atMs: number;
  outcome?: OutcomeReported['outcome'];
  latencyMs?: number;
  operation?: string;
}

/** History as the coordinator's recorder would have written it. */
export class PastTraffic {
  private readonly history: HistoryStore;
  private readonly catalog: CatalogStore;
  private calls = 0;

  private constructor(private readonly database: Database) {
    const partitions = new Partitions(database);
    this.history = new HistoryStore(database, partitions, { nowMs: () => Date.now() });
    this.catalog = new CatalogStore(new ConfigStore(database, new AuditStore(database, partitions)));
  }

  static async open(url: string): Promise<PastTraffic> {
    const database = new Database({ url });
    await database.migrate();
    return new PastTraffic(database);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** The catalog that ships, as the first coordinator writes it. */
  async seedCatalog(): Promise<void> {
    await this.catalog.seed(defaultCatalog, BY);
  }

  /** Changes a service as an admin would. */
  async configure(
    serviceName: ServiceName,
    change: (service: ServiceConfig) => ServiceConfig,
  ): Promise<number> {
    return (await this.catalog.edit(serviceName, change, { by: BY })).version;
  }

  async live(serviceName: ServiceName): Promise<{ version: number; service: ServiceConfig }> {
    return this.catalog.get(serviceName);
  }

  async write(past: readonly PastCall[]): Promise<void> {
    const pairs = past.map((call) => this.pairOf(call));
    await this.history.writeDecisions(pairs.map(([decision]) => decision));
    await this.history.writeOutcomes(pairs.map(([, outcome]) => outcome));
  }

  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.database.query<Row>(sql, parameters);
  }

  private pairOf({
    serviceName,
    nodeId,
    atMs,
    outcome = 'success',
    latencyMs = 100,
    operation = 'call',
  }: PastCall): [DecisionMade, OutcomeReported] {
    const config = defaultCatalog.find((service) => service.serviceName === serviceName)!;
    const costUsd = config.nodes.find((node) => node.nodeId === nodeId)!.costPerRequestUsd;
    const baselineCost = config.nodes.find(({ role }) => role === 'primary')!.costPerRequestUsd;
    const suffix = (++this.calls).toString(36).padStart(8, '0');
    const coordinationId = `coordination_${Math.floor(atMs / 1_000)}_${suffix}`;
    const at = new Date(atMs).toISOString();
    const decision = aDecision(serviceName, { coordinationId, nodeId, costUsd });
    decision.occurredAt = at;
    decision.operation = operation;
    decision.baselineCost = baselineCost;
    decision.decision.metadata.decidedAt = at;
    decision.decision.metadata.leaseExpiresAt = new Date(atMs + 60_000).toISOString();
    decision.decision.routingDecision.routingStrategy = config.strategy;
    decision.decision.routingDecision.estimatedCost = toMicroUsd(costUsd) / 1_000_000;
    return [
      decision,
      {
        ...{ serviceName, coordinationId, nodeId, outcome, latencyMs },
        eventId: `outcome:${coordinationId}`,
        occurredAt: new Date(atMs + latencyMs).toISOString(),
        ...(outcome === 'success' ? { statusCode: 200 } : {}),
      },
    ];
  }
}
