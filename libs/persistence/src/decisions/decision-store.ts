import type {
  CoordinationDetail,
  CoordinationSummary,
  Page,
  SelectedNode,
  ServiceConfig,
  ServiceName,
} from '@signalbox/contracts';
import { toUsd } from '@signalbox/contracts';
import { DECISION_COLUMNS, type DecisionRecord } from '../analytics/decision-record.js';
import { serviceObject } from '../config/catalog-store.js';
import type { Database } from '../database/database.js';
import {
  unpackDetails,
  unpackOptimizations,
  type DecisionDetails,
  type NodeFigures,
} from '../history/decision-details.js';
import { decidedAtMs } from '../history/history-tables.js';
import { keyOf, limitOf, pageOf, type PageRequest } from '../paging.js';

/** Later than any decision that history takes. */
const AHEAD_MS = 2 * 86_400_000;

/** A decision as it was answered. `incomplete`: recorded when less of it was kept. */
export type FoundDecision = CoordinationDetail | 'incomplete' | null;

/** Decisions of history for people: the newest of some services, and one of them whole. */
export class DecisionStore {
  constructor(private readonly database: Database) {}

  /** Newest first, to the second. Each service is read by its own index: a rare one is found as fast as a busy one. */
  async list(
    request: PageRequest,
    services: readonly ServiceName[],
    nowMs: number,
  ): Promise<Page<CoordinationSummary>> {
    const limit = limitOf(request);
    const [beforeSecond, beforeId] = keyOf(request, ['time', 'text']) ?? [iso(nowMs + AHEAD_MS), ''];
    const rows = await this.database.query<SummaryRow>(LIST, [services, beforeSecond, beforeId, limit + 1]);
    return pageOf(
      rows,
      limit,
      ({ second, coordinationId }) => [second, coordinationId],
      ({ second: _second, ...summary }) => summary,
    );
  }

  /** Null when history does not have it (yet, or any more). */
  async find(coordinationId: string): Promise<FoundDecision> {
    const secondMs = decidedAtMs(coordinationId);
    if (Number.isNaN(secondMs)) return null;
    const [row] = await this.database.query<DetailRow>(FIND, [iso(secondMs), coordinationId]);
    if (row === undefined) return null;
    if (row.details === null || row.optimizations === null) return 'incomplete';
    const configured = await this.nodesAt(row.serviceName, row.decidedAt);
    return detailOf(row, row.details, row.optimizations, (nodeId, figures) =>
      nodeOf(nodeId, figures, configured.get(nodeId)),
    );
  }

  /**
   * The nodes that the service was configured with then. A replica may not have had the newest version yet, so the one
   * before counts too; one that started without PostgreSQL decided by what was stored later.
   */
  private async nodesAt(serviceName: ServiceName, at: string): Promise<Map<string, ConfiguredNode>> {
    const versions = await this.database.query<{ body: ServiceConfig; version: number; isLater: boolean }>(
      `(SELECT body, version, false AS "isLater" FROM config_versions WHERE object = $1 AND created_at <= $2
        ORDER BY version DESC LIMIT 2)
       UNION ALL
       (SELECT body, version, true FROM config_versions WHERE object = $1 AND created_at > $2
        ORDER BY version LIMIT 1)`,
      [serviceObject(serviceName), at],
    );
    // The version of the time has the last word.
    versions.sort((a, b) => Number(b.isLater) - Number(a.isLater) || a.version - b.version);
    return new Map(versions.flatMap(({ body }) => body.nodes.map((node) => [node.nodeId, node] as const)));
  }
}

type ConfiguredNode = Pick<SelectedNode, 'providerName' | 'region' | 'baseUrl'>;
type NodeOf = (nodeId: string, figures: NodeFigures) => SelectedNode;

function detailOf(
  row: DetailRow,
  details: DecisionDetails,
  optimizations: string,
  node: NodeOf,
): CoordinationDetail {
  const { nodes, ...described } = unpackDetails(details, row.decisionMs);
  const { coordinationId, serviceName, operation, nodeId, strategy, decidedAt, outcome, latencyMs } = row;
  return {
    ...{ coordinationId, serviceName, operation, nodeId, strategy, decidedAt, outcome, latencyMs },
    priority: row.priority,
    caller: row.caller,
    baselineCost: toUsd(row.baselineCostMicroUsd),
    decision: {
      coordinationId,
      routingDecision: {
        selectedNode: node(nodeId, nodes[0]!),
        routingStrategy: strategy,
        decisionReason: row.reason,
        estimatedCost: toUsd(row.estimatedCostMicroUsd),
        estimatedLatency: row.estimatedLatencyMs,
        estimatedSuccessRate: row.estimatedSuccessPercent,
        alternatives: row.alternatives.map((alternative, index) => {
          const figures = nodes[index + 1]!;
          return { ...node(alternative, figures), rank: index + 1, estimatedLatency: figures[3] };
        }),
        excluded: row.excluded,
        lastResort: row.lastResort,
        probe: row.probe,
      },
      ...described,
      metadata: {
        confidenceScore: row.confidenceScore,
        ...unpackOptimizations(optimizations),
        replicaId: row.replicaId ?? '',
        decidedAt,
        leaseExpiresAt: row.leaseExpiresAt,
      },
    },
  };
}

/** A node that no stored configuration of the time names is told by its id alone. */
function nodeOf(
  nodeId: string,
  [successRate, costPerRequest, healthScore]: NodeFigures,
  configured: ConfiguredNode | undefined,
): SelectedNode {
  return {
    nodeId,
    providerName: configured?.providerName ?? nodeId,
    region: configured?.region ?? '',
    baseUrl: configured?.baseUrl ?? '',
    successRate,
    costPerRequest,
    healthScore,
  };
}

type SummaryRow = CoordinationSummary & { second: string };

interface DetailRow extends DecisionRecord {
  estimatedSuccessPercent: number;
  details: DecisionDetails | null;
  optimizations: string | null;
  outcome: string | null;
  latencyMs: number | null;
}

const LIST = `
  SELECT d.coordination_id AS "coordinationId", d.service_name AS "serviceName", d.operation, d.node_id AS "nodeId",
         d.strategy, d.occurred_at AS "decidedAt", d.decided_at AS second, o.outcome, o.latency_ms AS "latencyMs"
  FROM (
    SELECT newest.* FROM unnest($1::text[]) AS service(name)
    CROSS JOIN LATERAL (
      SELECT coordination_id, service_name, operation, node_id, strategy, occurred_at, decided_at FROM decisions
      WHERE service_name = service.name AND decided_at <= $2::timestamptz
        AND (decided_at, coordination_id) < ($2::timestamptz, $3)
      ORDER BY decided_at DESC, coordination_id DESC LIMIT $4
    ) AS newest
    ORDER BY newest.decided_at DESC, newest.coordination_id DESC LIMIT $4
  ) AS d
  LEFT JOIN outcomes o ON o.decided_at = d.decided_at AND o.coordination_id = d.coordination_id
  ORDER BY d.decided_at DESC, d.coordination_id DESC`;

const FIND = `
  SELECT ${DECISION_COLUMNS}, d.estimated_success_percent AS "estimatedSuccessPercent", d.details, d.optimizations,
         o.outcome, o.latency_ms AS "latencyMs"
  FROM decisions d
  LEFT JOIN outcomes o ON o.decided_at = $1 AND o.coordination_id = $2
  WHERE d.decided_at = $1 AND d.coordination_id = $2`;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
