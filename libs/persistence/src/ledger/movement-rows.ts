import type { Movement, MovementKind } from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';

type Cell = string | number | null;

interface Column {
  name: string;
  type: string;
  read: (movement: Movement) => Cell;
}

const COLUMNS: readonly Column[] = [
  { name: 'reserved_at', type: 'timestamptz', read: (movement) => iso(movement.reservedAtMs) },
  { name: 'movement_id', type: 'text', read: (movement) => movement.movementId },
  { name: 'service_name', type: 'text', read: (movement) => movement.serviceName },
  { name: 'kind', type: 'text', read: (movement) => movement.kind },
  { name: 'generation', type: 'bigint', read: (movement) => movement.generation },
  { name: 'reservation_id', type: 'text', read: (movement) => movement.reservationId },
  { name: 'amount_micro_usd', type: 'bigint', read: (movement) => movement.amountMicroUsd },
  { name: 'day_key', type: 'text', read: (movement) => movement.dayKey },
  { name: 'month_key', type: 'text', read: (movement) => movement.monthKey },
  { name: 'at', type: 'timestamptz', read: (movement) => iso(movement.atMs) },
  {
    name: 'expires_at',
    type: 'timestamptz',
    read: ({ expiresAtMs }) => (expiresAtMs === null ? null : iso(expiresAtMs)),
  },
  { name: 'lease_id', type: 'text', read: (movement) => movement.leaseId },
  { name: 'override_id', type: 'text', read: (movement) => movement.overrideId },
  { name: 'override_draw_micro_usd', type: 'bigint', read: (movement) => movement.overrideDrawMicroUsd },
];

const NAMES = COLUMNS.map(({ name }) => name).join(', ');
const ARRAYS = COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');

/**
 * Stores the movements whose generation is the live one, and answers the live generations. One statement, and so one
 * transaction and one round trip: the row of a service is locked while its movements are stored, so that a
 * generation opened meanwhile waits for them and reads them, or is seen here and keeps them out.
 */
export const APPEND = `
  WITH live AS MATERIALIZED (
    SELECT service_name, generation FROM ledger_generations
    WHERE service_name = ANY($${COLUMNS.length + 1}::text[]) ORDER BY service_name FOR SHARE
  ), stored AS (
    INSERT INTO ledger_movements (${NAMES})
    SELECT moved.* FROM unnest(${ARRAYS}) AS moved(${NAMES})
    JOIN live ON live.service_name = moved.service_name AND live.generation = moved.generation
    ON CONFLICT DO NOTHING
  )
  SELECT service_name AS "serviceName", generation FROM live`;

/** The parameters of {@link APPEND}. */
export function appendParameters(movements: readonly Movement[]): Cell[][] {
  const services = [...new Set(movements.map(({ serviceName }) => serviceName))];
  return [...COLUMNS.map(({ read }) => movements.map(read)), services];
}

export interface MovementRow {
  reserved_at: string;
  movement_id: string;
  service_name: string;
  kind: string;
  generation: number;
  reservation_id: string;
  amount_micro_usd: number;
  day_key: string;
  month_key: string;
  at: string;
  expires_at: string | null;
  lease_id: string | null;
  override_id: string | null;
  override_draw_micro_usd: number;
}

export function movementOf(row: MovementRow): Movement {
  return {
    movementId: row.movement_id,
    kind: row.kind as MovementKind,
    generation: row.generation,
    serviceName: row.service_name as ServiceName,
    reservationId: row.reservation_id,
    amountMicroUsd: row.amount_micro_usd,
    dayKey: row.day_key,
    monthKey: row.month_key,
    reservedAtMs: Date.parse(row.reserved_at),
    atMs: Date.parse(row.at),
    expiresAtMs: row.expires_at === null ? null : Date.parse(row.expires_at),
    leaseId: row.lease_id,
    overrideId: row.override_id,
    overrideDrawMicroUsd: row.override_draw_micro_usd,
  };
}

/**
 * Of reservations and leases of one service (null: of all), reserved from one instant up to another, in order: the first
 * so many after a movement, if one is given. A range is read page by page, so that no statement runs into its timeout
 * however much was booked, and an empty one costs a look at an index.
 */
export const READ = `
  SELECT ${NAMES} FROM ledger_movements
  WHERE reserved_at >= $1 AND reserved_at < $2 AND ($3::text IS NULL OR service_name = $3)
    AND kind <> 'alert' AND (reserved_at, movement_id) > ($1, $4)
  ORDER BY reserved_at, movement_id
  LIMIT $5`;

/**
 * What the reservations of one service (null: of each), reserved from one instant up to another, leave in each budget:
 * what folding their movements comes to. The range lies within one hour.
 */
export const BOOKED = `
  SELECT service_name AS "serviceName", day_key AS "dayKey", month_key AS "monthKey",
         sum(spent)::bigint AS "spentMicroUsd", count(*)::bigint AS calls
  FROM (
    SELECT service_name, coalesce(max(amount_micro_usd) FILTER (WHERE kind = 'commit'), 0) AS spent,
           coalesce(max(day_key) FILTER (WHERE kind IN ('reserve', 'transfer')), max(day_key)) AS day_key,
           coalesce(max(month_key) FILTER (WHERE kind IN ('reserve', 'transfer')), max(month_key)) AS month_key
    FROM ledger_movements
    WHERE reserved_at >= $1 AND reserved_at < $2 AND ($3::text IS NULL OR service_name = $3) AND kind <> 'alert'
    GROUP BY service_name, reservation_id
    HAVING NOT bool_or(kind IN ('lease', 'return'))
       AND (bool_or(kind = 'commit') OR NOT bool_or(kind = 'release'))
  ) AS entries
  GROUP BY service_name, day_key, month_key`;

export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
