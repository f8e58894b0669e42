import type { Page } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { keyOf, limitOf, pageOf, type PageRequest } from '../paging.js';

export type ConnectionKind = 'error_stream' | 'recovery_strategy' | 'monitoring_session';

/** A stream, strategy or session of a service's own that decisions or error events have named. */
export interface Connection {
  kind: ConnectionKind;
  id: string;
  serviceName: string;
  firstSeen: string;
  lastSeen: string;
  /** Error events that named it; a decision that names it is a sign of life, no event. */
  events: number;
  /** `idle` when nothing has named it for {@link CONNECTION_IDLE_MS}. */
  state: 'active' | 'idle';
  /** From its event's time to when that was written, ms, of the events written last; null before one. */
  lagMs: number | null;
}

export const CONNECTION_IDLE_MS = 300_000;

interface ConnectionRow {
  kind: ConnectionKind;
  id: string;
  service_name: string;
  first_seen: string;
  last_seen: string;
  events: number;
  lag_ms: number | null;
}

/** The connections known fleet-wide; HistoryStore notes them as it writes what names them. */
export class ConnectionStore {
  constructor(private readonly database: Database) {}

  /** By kind, id and service. `nowMs` tells active from idle. */
  async list(request: PageRequest, nowMs: number): Promise<Page<Connection>> {
    const limit = limitOf(request);
    const after = keyOf(request, ['text', 'text', 'text']) ?? ['', '', ''];
    const rows = await this.database.query<ConnectionRow>(
      `SELECT kind, id, service_name, first_seen, last_seen, events, lag_ms FROM connections
       WHERE (kind, id, service_name) > ($1, $2, $3)
       ORDER BY kind, id, service_name LIMIT $4`,
      [...after, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      (row) => [row.kind, row.id, row.service_name],
      (row) => ({
        kind: row.kind,
        id: row.id,
        serviceName: row.service_name,
        firstSeen: row.first_seen,
        lastSeen: row.last_seen,
        events: row.events,
        state: nowMs - Date.parse(row.last_seen) < CONNECTION_IDLE_MS ? 'active' : 'idle',
        lagMs: row.lag_ms,
      }),
    );
  }

  /** How many are active, of one service or of all. */
  async countActive(nowMs: number, serviceName?: string): Promise<number> {
    const [row] = await this.database.query<{ active: number }>(
      `SELECT count(*) AS active FROM connections
       WHERE last_seen > $1 AND ($2::text IS NULL OR service_name = $2)`,
      [new Date(nowMs - CONNECTION_IDLE_MS).toISOString(), serviceName ?? null],
    );
    return row?.active ?? 0;
  }
}
