import type { EntityManager } from 'typeorm';
import type { PartitionedTable } from './partitions.js';

type Cell = string | number | boolean | null;

/** How events of one kind become rows: column → its type and how it is read. */
export interface HistoryTable<Event> {
  table: PartitionedTable;
  /** The partition key, epoch ms; NaN when the event's time is no time. */
  timeMsOf(event: Event): number;
  /** True when the rows are part of the hourly tallies. */
  tallied?: boolean;
  columns: Record<string, { type: string; read: (event: Event) => Cell }>;
  /**
   * Where rows name connections: whether each is an event of the connection, or only a sign that it lives.
   */
  namesConnections?: 'as_events' | 'as_signs';
}

export function text<Event>(read: (event: Event) => string | null | undefined) {
  return column('text', (event: Event) => storableText(read(event) ?? null));
}

export function time<Event>(read: (event: Event) => string | null) {
  return column('timestamptz', read);
}

export function float<Event>(read: (event: Event) => number | null | undefined) {
  return column('double precision', read);
}

export function integer<Event>(read: (event: Event) => number | null | undefined) {
  return column('bigint', read);
}

export function flag<Event>(read: (event: Event) => boolean) {
  return column('boolean', read);
}

export function json<Event>(read: (event: Event) => readonly unknown[]) {
  return column('jsonb', (event: Event) => storableJson(read(event)));
}

/** Numbers and nulls, however nested: no text that PostgreSQL could refuse. */
export function figures<Event>(read: (event: Event) => readonly unknown[]) {
  return column('json', (event: Event) => JSON.stringify(read(event)));
}

function column<Event>(type: string, read: (event: Event) => Cell | undefined) {
  return { type, read: (event: Event): Cell => read(event) ?? null };
}

/**
 * Writes the rows that are not there yet and notes the connections that they name, in one statement. Returns
 * how many rows were new.
 *
 * The rows travel as one array per column: PostgreSQL takes those in half the time of a JSON list of rows.
 */
export async function insertNew<Event>(
  manager: EntityManager,
  history: HistoryTable<Event>,
  events: readonly Event[],
): Promise<number> {
  const arrays = Object.values(history.columns).map(({ read }) => events.map(read));
  const [result] = await manager.query<[{ written: number }]>(statementOf(history), arrays);
  return result.written;
}

const statements = new WeakMap<object, string>();

function statementOf<Event>(history: HistoryTable<Event>): string {
  const known = statements.get(history);
  if (known !== undefined) return known;
  const names = Object.keys(history.columns).join(', ');
  const arrays = Object.values(history.columns).map(({ type }, index) => `$${index + 1}::${type}[]`);
  const statement = `
    WITH inserted AS (
      INSERT INTO ${history.table} (${names})
      SELECT * FROM unnest(${arrays.join(', ')})
      ON CONFLICT DO NOTHING
      RETURNING ${history.namesConnections ? CONNECTION_COLUMNS : '1'}
    )${history.namesConnections ? `, ${noteConnections(history.namesConnections)}` : ''}
    SELECT count(*) AS written FROM inserted`;
  statements.set(history, statement);
  return statement;
}

const CONNECTION_COLUMNS =
  'service_name, occurred_at, error_stream_id, recovery_strategy_id, monitoring_session_id';

/**
 * Notes only rows that were really inserted, so a redelivered batch counts nothing twice. Ordered, so that two
 * recorders never wait for each other's rows in opposite order.
 */
function noteConnections(how: 'as_events' | 'as_signs'): string {
  const events = how === 'as_events' ? 'count(*)' : '0';
  const lagMs =
    how === 'as_events'
      ? 'greatest(0, extract(epoch FROM clock_timestamp() - max(occurred_at)) * 1000)'
      : 'NULL::double precision';
  return `noted AS (
    INSERT INTO connections AS known (kind, id, service_name, first_seen, last_seen, events, lag_ms)
    SELECT kind, id, service_name, min(occurred_at), max(occurred_at), ${events}, ${lagMs}
    FROM inserted CROSS JOIN LATERAL (VALUES
      ('error_stream', error_stream_id),
      ('recovery_strategy', recovery_strategy_id),
      ('monitoring_session', monitoring_session_id)
    ) AS named(kind, id)
    WHERE id IS NOT NULL
    GROUP BY kind, id, service_name
    ORDER BY kind, id, service_name
    ON CONFLICT (kind, id, service_name) DO UPDATE SET
      first_seen = least(known.first_seen, excluded.first_seen),
      last_seen = greatest(known.last_seen, excluded.last_seen),
      events = known.events + excluded.events,
      lag_ms = coalesce(excluded.lag_ms, known.lag_ms)
  )`;
}

/** PostgreSQL's text has no NUL. Half a surrogate pair is replaced on the way there. */
function storableText(value: string | null): string | null {
  return value?.includes('\0') ? value.replaceAll('\0', REPLACEMENT) : value;
}

/** Nor has its JSON, which has no half surrogate pairs either. */
export function storableJson(value: unknown): string {
  const plain = JSON.stringify(value);
  if (!/\\u0000|\\ud[89a-f]/.test(plain)) return plain;
  return JSON.stringify(value, (_name, item: unknown) =>
    typeof item === 'string' ? item.replace(/\0|\p{Surrogate}/gu, REPLACEMENT) : item,
  );
}

const REPLACEMENT = '\u{fffd}';
