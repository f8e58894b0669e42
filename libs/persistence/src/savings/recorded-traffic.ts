import type { BatchOperation, CallPriority, MicroUsd, OutcomeKind, ServiceName } from '@signalbox/contracts';
import { CALL_PRIORITIES } from '@signalbox/contracts';
import type { Range } from '../analytics/tally.js';
import { priorityOf } from '../batching/batch-item.js';
import type { Database } from '../database/database.js';
import { COST, IS_BILLED } from './call-cost-sql.js';

/** A call of history with its end. */
export interface CallOnRecord {
  coordinationId: string;
  decidedAtMs: number;
  nodeId: string;
  priority: CallPriority | null;
  outcome: OutcomeKind;
  statusCode: number | null;
  latencyMs: number;
  retryAfterSeconds: number | null;
  /** As the caller said, else the price where providers bill for such an end. */
  costMicroUsd: MicroUsd;
  /** How many times the node's price it cost; 1 where nobody said. */
  units: number;
}

/** A batch request of the past, as it arrived. */
export interface ArrivalOnRecord {
  requestId: string;
  operation: BatchOperation;
  payload: Record<string, unknown>;
  payloadDigest: string;
  priority: CallPriority;
  tenant: string;
  hasKey: boolean;
  deadlineMs: number | null;
  acceptedAtMs: number;
  /** It was answered with another one's answer, and sent nothing. */
  isDuplicate: boolean;
}

const PAGE = 500;
/** Payloads are held while they are replayed. */
const MOST_PAYLOAD_BYTES = 32 * 1024 * 1024;
const LARGEST_PAYLOAD_BYTES = 256 * 1024;

/** Recorded traffic, read in pages of 500, never more than asked for. Ranges are epoch ms, `to` not included. */
export class RecordedTraffic {
  constructor(private readonly database: Database) {}

  /**
   * The last `most` calls of a service that were decided in the range and reported before its end, in the order of
   * their decisions. Calls under an emergency override are left out: what carried them is no choice of a setting.
   */
  async calls(serviceName: ServiceName, { fromMs, toMs }: Range, most: number): Promise<CallOnRecord[]> {
    const calls: CallOnRecord[] = [];
    let before: { second: string; id: string } = { second: iso(toMs), id: '' };
    while (calls.length < most) {
      const limit = Math.min(PAGE, most - calls.length);
      const rows = await this.database.query<CallRow>(CALLS, [
        serviceName,
        iso(fromMs),
        before.second,
        before.id,
        iso(toMs),
        limit,
      ]);
      calls.push(...rows.map(callOf));
      const last = rows.at(-1);
      if (last === undefined || rows.length < limit) break;
      before = { second: last.second, id: last.id };
    }
    return calls.sort(
      (a, b) => a.decidedAtMs - b.decidedAtMs || (a.coordinationId < b.coordinationId ? -1 : 1),
    );
  }

  /** How many calls of the range have an end, per service. */
  async counts(range: Range): Promise<Partial<Record<ServiceName, number>>> {
    const rows = await this.database.query<{ service: ServiceName; calls: number }>(
      `SELECT service_name AS service, count(*) AS calls FROM outcomes
       WHERE decided_at >= $1 AND decided_at < $2 GROUP BY service_name`,
      [iso(range.fromMs), iso(range.toMs)],
    );
    return Object.fromEntries(rows.map(({ service, calls }) => [service, calls]));
  }

  /** The last `most` batch requests of a service that ended in the range, in the order of their arrival. */
  async arrivals(
    serviceName: ServiceName,
    { fromMs, toMs }: Range,
    most: number,
  ): Promise<ArrivalOnRecord[]> {
    const arrivals: ArrivalOnRecord[] = [];
    let bytes = 0;
    let before: { endedAt: string; id: string } = { endedAt: iso(toMs), id: '' };
    while (arrivals.length < most && bytes < MOST_PAYLOAD_BYTES) {
      const limit = Math.min(PAGE, most - arrivals.length);
      const rows = await this.database.query<ArrivalRow>(ARRIVALS, [
        serviceName,
        iso(fromMs),
        before.endedAt,
        before.id,
        limit,
      ]);
      for (const row of rows) {
        if (row.payload === null) continue;
        bytes += row.bytes;
        arrivals.push(arrivalOf(row, row.payload));
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < limit) break;
      before = { endedAt: last.endedAt, id: last.requestId };
    }
    return arrivals.sort((a, b) => a.acceptedAtMs - b.acceptedAtMs || (a.requestId < b.requestId ? -1 : 1));
  }
}

interface CallRow {
  second: string;
  id: string;
  decidedAt: string;
  nodeId: string;
  priority: string | null;
  outcome: OutcomeKind;
  statusCode: number | null;
  latencyMs: number;
  retryAfterSeconds: number | null;
  cost: number;
  estimated: number;
  billed: boolean;
}

/** The second of a decision is said of both tables: the planner does not carry it over the join by itself. */
const CALLS = `
  SELECT d.decided_at AS second, d.coordination_id AS id, d.occurred_at AS "decidedAt", o.node_id AS "nodeId",
         d.priority, o.outcome, o.status_code AS "statusCode", o.latency_ms AS "latencyMs",
         o.retry_after_seconds AS "retryAfterSeconds", ${COST} AS cost,
         d.estimated_cost_micro_usd AS estimated, ${IS_BILLED} AS billed
  FROM decisions d
  JOIN outcomes o ON o.decided_at = d.decided_at AND o.coordination_id = d.coordination_id
    AND o.decided_at >= $2::timestamptz AND o.decided_at <= $3::timestamptz
  WHERE d.service_name = $1 AND d.decided_at >= $2::timestamptz AND d.decided_at <= $3::timestamptz
    AND (d.decided_at, d.coordination_id) < ($3::timestamptz, $4) AND o.occurred_at < $5::timestamptz
    AND d.override_id IS NULL
  ORDER BY d.decided_at DESC, d.coordination_id DESC LIMIT $6`;

function callOf(row: CallRow): CallOnRecord {
  const { id, nodeId, outcome, statusCode, latencyMs, retryAfterSeconds, cost, estimated, billed } = row;
  return {
    coordinationId: id,
    decidedAtMs: Date.parse(row.decidedAt),
    nodeId,
    priority: CALL_PRIORITIES.find((priority) => priority === row.priority?.toUpperCase()) ?? null,
    ...{ outcome, statusCode, latencyMs, retryAfterSeconds, costMicroUsd: cost },
    units: billed && estimated > 0 && cost > 0 ? cost / estimated : 1,
  };
}

interface ArrivalRow {
  requestId: string;
  operation: BatchOperation;
  payload: Record<string, unknown> | null;
  bytes: number;
  payloadDigest: string;
  priority: number;
  tenant: string;
  hasKey: boolean;
  deadlineMs: number | null;
  acceptedAt: string;
  endedAt: string;
  isDuplicate: boolean;
}

const ARRIVALS = `
  SELECT request_id AS "requestId", operation, octet_length(payload::text) AS bytes,
         CASE WHEN octet_length(payload::text) <= ${LARGEST_PAYLOAD_BYTES} THEN payload END AS payload,
         payload_digest AS "payloadDigest", priority, tenant, idempotency_key IS NOT NULL AS "hasKey",
         deadline_ms AS "deadlineMs", accepted_at AS "acceptedAt", ended_at AS "endedAt",
         duplicate_of IS NOT NULL AS "isDuplicate"
  FROM batch_items
  WHERE ended_at >= $2::timestamptz AND service_name = $1 AND (ended_at, request_id) < ($3::timestamptz, $4)
  ORDER BY ended_at DESC, request_id DESC LIMIT $5`;

function arrivalOf(row: ArrivalRow, payload: Record<string, unknown>): ArrivalOnRecord {
  const { requestId, operation, payloadDigest, tenant, hasKey, deadlineMs, isDuplicate } = row;
  return {
    ...{ requestId, operation, payload, payloadDigest, tenant, hasKey, deadlineMs, isDuplicate },
    priority: priorityOf(row.priority),
    acceptedAtMs: Date.parse(row.acceptedAt),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
