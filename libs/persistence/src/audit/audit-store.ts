import type { AuditEntry, AuditQuery, AuditRecorded, Page, ServiceName } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database.js';
import { storableJson } from '../history/history-table.js';
import { DAY_MS } from '../history/partition-period.js';
import type { Partitions } from '../history/partitions.js';
import { keyOf, limitOf, pageOf } from '../paging.js';
import { serviceNamedBy } from '../service-named-by.js';
import { AuditEntryEntity } from './audit-entry.entity.js';
import { redact } from './redact.js';

/** Who changes something, and under which request. */
export interface ChangedBy {
  /** The token's subject, or the name of the process that acts on its own. */
  actor: string;
  role: string;
  correlationId: string;
}

/** A change as it is told to the audit; what looks like a secret is redacted before it is written. */
export interface AuditedChange {
  by: ChangedBy;
  /** `config.put`, `credential.revoke`, … */
  action: string;
  /** `service:stripe`, `node:maps_here`, … */
  object: string;
  /** The one service that it concerns, where `object` does not name it. */
  serviceName?: ServiceName;
  before?: unknown;
  after?: unknown;
}

/** Who changed what, append-only: the table itself refuses updates and deletes. */
export class AuditStore {
  constructor(
    private readonly database: Database,
    private readonly partitions: Partitions,
  ) {}

  append(change: AuditedChange): Promise<void> {
    return this.transaction((_manager, record) => record(change));
  }

  /** Lines that came by the stream, for changes that are not made in this database. Idempotent. */
  async record(events: readonly AuditRecorded[]): Promise<void> {
    await this.partitions.ensure(
      'audit_entries',
      events.map((event) => Date.parse(event.occurredAt)),
    );
    const rows = events.map(({ eventId, occurredAt, correlationId, before, after, ...line }) => ({
      ...line,
      service_name: line.serviceName ?? serviceNamedBy(line.object),
      at: occurredAt,
      event_id: eventId,
      correlation_id: correlationId,
      before: redact(before),
      after: redact(after),
    }));
    await this.database.query(
      `INSERT INTO audit_entries (at, event_id, actor, role, action, object, service_name, before, after, correlation_id)
       SELECT at, event_id, actor, role, action, object, service_name, before, after, correlation_id
       FROM json_populate_recordset(NULL::audit_entries, $1::json)
       ON CONFLICT (at, event_id) DO NOTHING`,
      [storableJson(rows)],
    );
  }

  /** A change and its audit commit together or not at all. */
  async transaction<T>(
    work: (manager: EntityManager, record: (change: AuditedChange) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const nowMs = Date.now();
    // The row has the database's time: at a month's end that may be the next month's already.
    await this.partitions.ensure('audit_entries', [nowMs, nowMs + DAY_MS]);
    return this.database.transaction((manager) => work(manager, (change) => write(manager, change)));
  }

  /**
   * Newest first; `from` is included, `to` is not. `services` null: all, and what concerns none; else only what
   * concerns one of them.
   */
  async list(query: AuditQuery, services: readonly ServiceName[] | null = null): Promise<Page<AuditEntry>> {
    const limit = limitOf(query);
    const after = keyOf(query, ['time', 'number']);
    const rows = await this.database.run((manager) => {
      const select = manager.createQueryBuilder(AuditEntryEntity, 'entry');
      if (query.actor !== undefined) select.andWhere('entry.actor = :actor', { actor: query.actor });
      if (query.action !== undefined) select.andWhere('entry.action = :action', { action: query.action });
      if (query.object !== undefined) select.andWhere('entry.object = :object', { object: query.object });
      if (services !== null) select.andWhere('entry.serviceName = ANY(:services)', { services });
      if (query.from !== undefined) select.andWhere('entry.at >= :from', { from: query.from });
      if (query.to !== undefined) select.andWhere('entry.at < :to', { to: query.to });
      if (after !== null) {
        select.andWhere('(entry.at, entry.id) < (:at, :id)', { at: after[0], id: after[1] });
      }
      return select
        .orderBy('entry.at', 'DESC')
        .addOrderBy('entry.id', 'DESC')
        .limit(limit + 1)
        .getMany();
    });
    return pageOf(
      rows,
      limit,
      (row) => [row.at, row.id],
      (row) => ({ ...row, id: String(row.id) }),
    );
  }
}

async function write(manager: EntityManager, change: AuditedChange): Promise<void> {
  await manager.insert(AuditEntryEntity, {
    ...change.by,
    action: change.action,
    object: change.object,
    serviceName: change.serviceName ?? serviceNamedBy(change.object),
    before: redact(change.before ?? null) as object,
    after: redact(change.after ?? null) as object,
  });
}
