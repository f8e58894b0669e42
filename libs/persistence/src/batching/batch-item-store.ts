import type { BatchItemState, CallPriority, ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import {
  isoOf,
  LIVE_COLUMNS,
  liveItemOf,
  priorityNumber,
  priorityOf,
  RECORD_COLUMNS,
  recordOf,
  type Accepted,
  type BatchItemRecord,
  type BatchItemRow,
  type LiveBatchItem,
  type NewBatchItem,
} from './batch-item.js';
import { GroupCommit } from './group-commit.js';

/** The right to send requests in one call, and to say how they ended. */
export interface Claim {
  claimId: string;
  batchId: string;
  claimedBy: string;
  nodeId: string;
  /** After this the holder has given up: it must have aborted its call by then. */
  leaseMs: number;
  leftAtMs: number;
  requestIds: readonly string[];
}

/** Requests of one priority that have not ended. */
export interface QueueDepth {
  priority: CallPriority;
  state: BatchItemState;
  requests: number;
  oldestAcceptedAtMs: number;
}

const MAX_ORDERS = 256;
/** Requests in one parcel, and their size: a queue's job is moved as one. */
const PARCEL_ITEMS = 200;
const PARCEL_BYTES = 256 * 1024;

/** Requests taken for batching. A row is written before the request is acknowledged, and ends once. */
export class BatchItemStore {
  private readonly accepting: GroupCommit<NewBatchItem, Accepted>;
  private readonly claiming: GroupCommit<Claim, Map<string, number>>;

  constructor(private readonly database: Database) {
    this.accepting = new GroupCommit((items) => this.acceptAll(items), { maxOrders: MAX_ORDERS, lanes: 2 });
    this.claiming = new GroupCommit((claims) => this.claimAll(claims), { maxOrders: MAX_ORDERS, lanes: 2 });
  }

  /**
   * Durable when it resolves. A key of the tenant that was used before answers the earlier request and stores
   * nothing. Requests that come together share a transaction.
   */
  accept(item: NewBatchItem): Promise<Accepted> {
    return this.accepting.write(item);
  }

  /**
   * Takes requests for one call: those that wait, and those whose earlier holder has given up where a call may be
   * made again. Returns the attempt that this is for each one taken. Nobody else can take these until the lease ends.
   */
  claim(claim: Claim): Promise<Map<string, number>> {
    return this.claiming.write(claim);
  }

  async find(requestId: string): Promise<BatchItemRecord | null> {
    return (await this.findAll([requestId]))[0] ?? null;
  }

  async findAll(requestIds: readonly string[]): Promise<BatchItemRecord[]> {
    const rows = await this.database.query<BatchItemRow>(
      `SELECT ${RECORD_COLUMNS} FROM batch_items WHERE request_id = ANY($1)`,
      [requestIds],
    );
    return rows.map(recordOf);
  }

  /** Requests of a service that have not ended, by id, after one: to give back to a queue that may have lost them. */
  async live(serviceName: ServiceName, afterId: string, limit: number): Promise<LiveBatchItem[]> {
    const rows = await this.database.query<BatchItemRow>(
      `SELECT ${LIVE_COLUMNS} FROM batch_items
       WHERE service_name = $1 AND request_id > $2 AND ended_at IS NULL
       ORDER BY request_id LIMIT $3`,
      [serviceName, afterId, limit],
    );
    return rows.map(liveItemOf);
  }

  /** What waits or is under way, by priority and state. */
  async depth(serviceName: ServiceName): Promise<QueueDepth[]> {
    const rows = await this.database.query<{
      priority: number;
      state: BatchItemState;
      requests: number;
      oldest: string;
    }>(
      `SELECT priority, state, count(*) AS requests, min(accepted_at) AS oldest FROM batch_items
       WHERE service_name = $1 AND ended_at IS NULL GROUP BY priority, state ORDER BY priority, state`,
      [serviceName],
    );
    return rows.map(({ priority, state, requests, oldest }) => ({
      priority: priorityOf(priority),
      state,
      requests,
      oldestAcceptedAtMs: Date.parse(oldest),
    }));
  }

  /** Requests that have not ended, of each service that has any. */
  async liveCounts(): Promise<Partial<Record<ServiceName, number>>> {
    const rows = await this.database.query<{ service_name: ServiceName; requests: number }>(
      `SELECT service_name, count(*) AS requests FROM batch_items WHERE ended_at IS NULL GROUP BY service_name`,
    );
    return Object.fromEntries(rows.map((row) => [row.service_name, row.requests]));
  }

  /**
   * Deletes what ended long ago, a bounded number a call; returns how many. Dead letters wait longer than results.
   */
  async purge(endedBeforeMs: number, deadBeforeMs: number, limit: number): Promise<number> {
    const [row] = await this.database.query<{ deleted: number }>(
      `WITH gone AS (
         DELETE FROM batch_items WHERE request_id IN (
           SELECT request_id FROM batch_items
           WHERE ended_at < $1 AND (state <> 'dead' OR ended_at < $2)
           ORDER BY ended_at LIMIT $3)
         RETURNING 1)
       SELECT count(*) AS deleted FROM gone`,
      [isoOf(endedBeforeMs), isoOf(deadBeforeMs), limit],
    );
    return row?.deleted ?? 0;
  }

  private async acceptAll(items: readonly NewBatchItem[]): Promise<Accepted[]> {
    const parcelled = inParcels(items);
    const inserted = await this.database.query<{ request_id: string }>(
      ACCEPT,
      ACCEPTED_COLUMNS.map(([, , read]) => parcelled.map(read)),
    );
    const isNew = new Set(inserted.map((row) => row.request_id));
    const repeats = items.filter(({ requestId }) => !isNew.has(requestId));
    const earlier = repeats.length === 0 ? [] : await this.earlier(repeats);
    return parcelled.map((item): Accepted => {
      if (isNew.has(item.requestId)) {
        const { requestId, queueId } = item;
        return { requestId, queueId, state: 'queued', isNew: true, sameRequest: true };
      }
      const found = earlier.find(
        (row) =>
          row.tenant === item.tenant &&
          row.service_name === item.serviceName &&
          row.idempotency_key === item.idempotencyKey,
      );
      if (found === undefined)
        throw new Error(`request ${item.requestId} was neither stored nor there before`);
      const sameRequest = found.payload_digest === item.payloadDigest;
      const { request_id: requestId, queue_id: queueId, state } = found;
      return { requestId, queueId, state, isNew: false, sameRequest };
    });
  }

  private earlier(items: readonly NewBatchItem[]) {
    return this.database.query<{
      request_id: string;
      queue_id: string;
      tenant: string;
      service_name: ServiceName;
      idempotency_key: string;
      state: BatchItemState;
      payload_digest: string;
    }>(
      `SELECT request_id, queue_id, tenant, service_name, idempotency_key, state, payload_digest FROM batch_items
       WHERE (tenant, service_name, idempotency_key) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
      [
        items.map(({ tenant }) => tenant),
        items.map(({ serviceName }) => serviceName),
        items.map(({ idempotencyKey }) => idempotencyKey),
      ],
    );
  }

  private async claimAll(claims: readonly Claim[]): Promise<Map<string, number>[]> {
    const rows = claims.flatMap((claim) => claim.requestIds.map((requestId) => ({ claim, requestId })));
    // Rows are locked in one order, whoever claims: two replicas never wait for each other in a circle.
    rows.sort((a, b) => (a.requestId < b.requestId ? -1 : 1));
    const taken = await this.database.query<{ request_id: string; claim_id: string; attempts: number }>(
      CLAIM,
      [
        rows.map(({ requestId }) => requestId),
        rows.map(({ claim }) => claim.claimId),
        rows.map(({ claim }) => claim.batchId),
        rows.map(({ claim }) => claim.claimedBy),
        rows.map(({ claim }) => claim.nodeId),
        rows.map(({ claim }) => claim.leaseMs),
        rows.map(({ claim }) => isoOf(claim.leftAtMs)),
      ],
    );
    const byClaim = new Map(claims.map((claim) => [claim.claimId, new Map<string, number>()]));
    for (const { request_id, claim_id, attempts } of taken) byClaim.get(claim_id)?.set(request_id, attempts);
    return claims.map(({ claimId }) => byClaim.get(claimId) ?? new Map<string, number>());
  }
}

type Parcelled = NewBatchItem & { queueId: string; payloadText: string };

/** Those of one service and priority that are written together go through the queue together. */
function inParcels(items: readonly NewBatchItem[]): Parcelled[] {
  const open = new Map<string, { queueId: string; items: number; bytes: number }>();
  return items.map((item) => {
    const payloadText = JSON.stringify(item.payload);
    const key = `${item.serviceName} ${item.priority}`;
    let parcel = open.get(key);
    if (parcel === undefined || parcel.items >= PARCEL_ITEMS || parcel.bytes >= PARCEL_BYTES) {
      parcel = { queueId: `p_${item.requestId}`, items: 0, bytes: 0 };
      open.set(key, parcel);
    }
    parcel.items += 1;
    parcel.bytes += payloadText.length;
    return { ...item, queueId: parcel.queueId, payloadText };
  });
}

type Cell = string | number | boolean | null;
/** Column, type, and how it is read: the rows travel as one array a column. */
const ACCEPTED_COLUMNS: readonly [name: string, type: string, read: (item: Parcelled) => Cell][] = [
  ['request_id', 'text', (item) => item.requestId],
  ['service_name', 'text', (item) => item.serviceName],
  ['operation', 'text', (item) => item.operation],
  ['payload', 'json', (item) => item.payloadText],
  ['payload_digest', 'text', (item) => item.payloadDigest],
  ['priority', 'smallint', (item) => priorityNumber(item.priority)],
  ['tenant', 'text', (item) => item.tenant],
  ['idempotency_key', 'text', (item) => item.idempotencyKey],
  ['deadline_ms', 'integer', (item) => item.deadlineMs],
  ['correlation_id', 'text', (item) => item.correlationId],
  ['queue_id', 'text', (item) => item.queueId],
  ['repeatable', 'boolean', (item) => item.repeatable],
  ['accepted_at', 'timestamptz', (item) => isoOf(item.acceptedAtMs)],
  ['available_at', 'timestamptz', (item) => isoOf(item.acceptedAtMs)],
  ['waiting_since', 'timestamptz', (item) => isoOf(item.acceptedAtMs)],
];

const ACCEPT = `
  INSERT INTO batch_items (${ACCEPTED_COLUMNS.map(([name]) => name).join(', ')})
  SELECT * FROM unnest(${ACCEPTED_COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})
  ON CONFLICT (tenant, service_name, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
  RETURNING request_id`;

/** As a query: TypeORM answers a bare UPDATE in another form. */
const CLAIM = `
  WITH claimed AS (UPDATE batch_items AS item SET
    state = 'sending', attempts = attempts + 1, claim_id = asked.claim_id, batch_id = asked.batch_id,
    claimed_by = asked.claimed_by, claimed_until = now() + asked.lease_ms * interval '1 ms',
    node_id = asked.node_id, left_at = coalesce(item.left_at, asked.left_at)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::timestamptz[])
    AS asked(request_id, claim_id, batch_id, claimed_by, node_id, lease_ms, left_at)
  WHERE item.request_id = asked.request_id AND item.ended_at IS NULL
    AND (item.state <> 'sending' OR item.claimed_until < now() AND item.repeatable)
  RETURNING item.request_id, item.claim_id, item.attempts)
  SELECT request_id, claim_id, attempts FROM claimed`;
