import type { BatchDeadLetterQuery, BatchOperation, Page, ServiceName } from '@signalbox/contracts';
import type { AuditStore, AuditedChange, ChangedBy } from '../audit/audit-store.js';
import type { Database } from '../database/database.js';
import { keyOf, limitOf, pageOf } from '../paging.js';
import {
  isoOf,
  RECORD_COLUMNS,
  recordOf,
  type BatchItemRecord,
  type BatchItemRow,
  type LiveBatchItem,
} from './batch-item.js';

/** Which dead letters; everything given must hold. `services`: the ones the caller may touch, null for all. */
export type DeadLetterFilter = Omit<BatchDeadLetterQuery, 'limit' | 'cursor'> & {
  requestIds?: readonly string[];
  services: readonly ServiceName[] | null;
};

/** Requests that ended without a result and wait for somebody to decide: try again, or let go. */
export class BatchDeadLetterStore {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditStore,
  ) {}

  /** Newest first. */
  async list(
    filter: DeadLetterFilter,
    request: { limit?: number; cursor?: string },
  ): Promise<Page<BatchItemRecord>> {
    const limit = limitOf(request);
    const after = keyOf(request, ['time', 'text']);
    const { where, parameters } = conditions(filter);
    if (after !== null) {
      parameters.push(...after);
      where.push(`(ended_at, request_id) < ($${parameters.length - 1}::timestamptz, $${parameters.length})`);
    }
    parameters.push(limit + 1);
    const rows = await this.database.query<BatchItemRow>(
      `SELECT ${RECORD_COLUMNS} FROM batch_items WHERE ${where.join(' AND ')}
       ORDER BY ended_at DESC, request_id DESC LIMIT $${parameters.length}`,
      parameters,
    );
    return pageOf(rows, limit, (row) => [row.ended_at ?? '', row.request_id], recordOf);
  }

  /** How many match, and of which service and reason. */
  async count(
    filter: DeadLetterFilter,
  ): Promise<{ serviceName: ServiceName; reason: string; count: number }[]> {
    const { where, parameters } = conditions(filter);
    const rows = await this.database.query<{
      service_name: ServiceName;
      reason: string | null;
      count: number;
    }>(
      `SELECT service_name, reason, count(*) AS count FROM batch_items WHERE ${where.join(' AND ')}
       GROUP BY service_name, reason ORDER BY service_name, reason`,
      parameters,
    );
    return rows.map((row) => ({
      serviceName: row.service_name,
      reason: row.reason ?? 'unknown',
      count: row.count,
    }));
  }

  /** The ids that a change of so many would take. */
  async oldest(filter: DeadLetterFilter, limit: number): Promise<string[]> {
    const { where, parameters } = conditions(filter);
    const rows = await this.database.query<{ request_id: string }>(
      `SELECT request_id FROM batch_items WHERE ${where.join(' AND ')}
       ORDER BY ended_at, request_id LIMIT $${parameters.length + 1}`,
      [...parameters, limit],
    );
    return rows.map((row) => row.request_id);
  }

  /**
   * Puts dead letters back among the waiting, the oldest first, with their attempts forgotten. Audited in the same
   * transaction. Returns the requests, to be given to the queue.
   */
  async replay(
    filter: DeadLetterFilter,
    limit: number,
    nowMs: number,
    by: ChangedBy,
  ): Promise<LiveBatchItem[]> {
    return this.change(filter, limit, by, 'batch.replay', (matching) => ({
      set: `state = 'queued', ended_at = NULL, attempts = 0, replays = replays + 1, claim_id = NULL,
        queue_id = 'p_' || request_id || '_' || replays + 1,
        claimed_until = NULL, reason = NULL, message = NULL, status_code = NULL, result = NULL,
        available_at = ${matching}, waiting_since = ${matching}`,
      value: isoOf(nowMs),
    }));
  }

  /** Lets dead letters go: they end as discarded. Audited in the same transaction. */
  async discard(filter: DeadLetterFilter, limit: number, nowMs: number, by: ChangedBy): Promise<string[]> {
    const discarded = await this.change(filter, limit, by, 'batch.discard', (matching) => ({
      set: `state = 'discarded', ended_at = ${matching}`,
      value: isoOf(nowMs),
    }));
    return discarded.map(({ requestId }) => requestId);
  }

  private change(
    filter: DeadLetterFilter,
    limit: number,
    by: ChangedBy,
    action: string,
    setting: (parameter: string) => { set: string; value: string },
  ): Promise<BatchItemRecord[]> {
    const { where, parameters } = conditions(filter);
    const atParameter = `$${parameters.length + 1}::timestamptz`;
    const { set, value } = setting(atParameter);
    return this.audit.transaction(async (manager, record) => {
      // TypeORM answers an UPDATE with its rows and their number.
      const [rows] = await manager.query<[BatchItemRow[], number]>(
        `UPDATE batch_items SET ${set} WHERE request_id IN (
           SELECT request_id FROM batch_items WHERE ${where.join(' AND ')}
           ORDER BY ended_at, request_id LIMIT $${parameters.length + 2} FOR UPDATE SKIP LOCKED)
         RETURNING ${RECORD_COLUMNS}`,
        [...parameters, value, limit],
      );
      const items = rows.map(recordOf);
      if (items.length > 0) {
        const after = { requestIds: items.map(({ requestId }) => requestId) };
        await record({ by, action, ...objectOf(items), before: { state: 'dead' }, after });
      }
      return items;
    });
  }
}

function conditions(filter: DeadLetterFilter): { where: string[]; parameters: unknown[] } {
  const where = [`state = 'dead'`];
  const parameters: unknown[] = [];
  const add = (condition: (parameter: string) => string, value: unknown): void => {
    if (value === undefined || value === null) return;
    parameters.push(value);
    where.push(condition(`$${parameters.length}`));
  };
  add((parameter) => `service_name = ANY(${parameter})`, filter.services);
  add((parameter) => `service_name = ${parameter}`, filter.serviceName);
  add((parameter) => `operation = ${parameter}`, filter.operation satisfies BatchOperation | undefined);
  add((parameter) => `reason = ${parameter}`, filter.reason);
  add((parameter) => `tenant = ${parameter}`, filter.tenant);
  add((parameter) => `ended_at >= ${parameter}`, filter.from);
  add((parameter) => `ended_at < ${parameter}`, filter.to);
  add((parameter) => `request_id = ANY(${parameter})`, filter.requestIds);
  return { where, parameters };
}

function objectOf(items: readonly BatchItemRecord[]): Pick<AuditedChange, 'object' | 'serviceName'> {
  const [only] = items;
  if (items.length === 1 && only !== undefined) {
    return { object: `batch-request:${only.requestId}`, serviceName: only.serviceName };
  }
  const services = [...new Set(items.map(({ serviceName }) => serviceName))].sort();
  return { object: `batch-requests:${services.join(',')}` };
}
