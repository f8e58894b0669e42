import type { Fact, ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { TELL_WITHIN_MS } from './webhook-receipts.js';

/** An event that this worker alone may handle until `claimedUntil`. */
export interface ClaimedEvent {
  eventId: string;
  receivedAt: string;
  serviceName: ServiceName;
  externalId: string;
  type: string;
  entity: string | null;
  sequence: number | null;
  critical: boolean;
  payload: string;
  run: number;
  /** Failures so far, in this run. */
  attempts: number;
  signalled: boolean;
}

export interface ClaimOptions {
  /** Names this round; results are taken under the same name only. */
  claim: string;
  nowMs: number;
  claimedUntilMs: number;
  limit: number;
  /** Leaves all others for later. */
  criticalOnly?: boolean;
}

/** A fact to be told with what became of an event. */
export interface FactToTell {
  factId: string;
  fact: Extract<Fact, 'webhooks.received' | 'webhooks.processed' | 'errors.reported'>;
  serviceName: ServiceName;
  /** JSON text. */
  body: string;
}

/**
 * What became of a claimed event. `released`: nothing was attempted, it is free again from `dueAtMs` on. `retrying`
 * needs `dueAtMs`; `dead` waits for a replay.
 */
export interface WorkResult {
  eventId: string;
  outcome: 'processed' | 'ignored' | 'dead' | 'retrying' | 'released';
  dueAtMs: number | null;
  reason: string | null;
  handler: string | null;
  startedAtMs: number;
  durationMs: number;
  facts: readonly FactToTell[];
}

/** Followers of an event, of the same entity, that are taken along with it to be handled in their order. */
const FOLLOWERS = 50;

/**
 * What is still to be done with events. Claims and results are statements of their own: a worker that dies loses its
 * claim with time, and one that comes too late finds that its results are nobody's.
 */
export class WebhookWork {
  constructor(private readonly database: Database) {}

  /**
   * Claims events that are due, critical ones first, and with each those of its entity that follow: up to twice
   * `limit` in all. An event is not
   * due while an earlier one of its entity is undone; dead ones hold up nobody. The events of one entity come in
   * their order.
   */
  async claim(options: ClaimOptions): Promise<ClaimedEvent[]> {
    const [critical] = await this.database.prepared<{ due: boolean }>('webhook-critical', CRITICAL, [
      new Date(options.nowMs).toISOString(),
    ]);
    const urgent = critical?.due === true ? await this.claimSome(URGENT, options) : [];
    const rest = options.criticalOnly === true ? 0 : options.limit - urgent.length;
    const usual = rest > 0 ? await this.claimSome(USUAL, { ...options, limit: rest }) : [];
    return this.load([...urgent, ...usual]);
  }

  /**
   * Takes results, each with its attempt and the facts to tell, in one transaction. Returns the ids of the events
   * that were still this claim's; of the others nothing is written and nothing may be told.
   */
  async settle(claim: string, replicaId: string, results: readonly WorkResult[]): Promise<Set<string>> {
    if (results.length === 0) return new Set();
    const facts = results.flatMap(({ eventId, facts: own }) => own.map((fact) => ({ eventId, ...fact })));
    const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
    const rows = await this.database.prepared<{ event_id: string }>('webhook-settle', SETTLE, [
      claim,
      replicaId,
      results.map(({ eventId }) => eventId),
      results.map(({ outcome }) => outcome),
      results.map(({ dueAtMs }) => iso(dueAtMs)),
      results.map(({ reason }) => reason),
      results.map(({ handler }) => handler),
      results.map(({ startedAtMs }) => iso(startedAtMs)),
      results.map(({ durationMs }) => durationMs),
      facts.map(({ eventId }) => eventId),
      facts.map(({ factId }) => factId),
      facts.map(({ fact }) => fact),
      facts.map(({ serviceName }) => serviceName),
      facts.map(({ body }) => body),
    ]);
    return new Set(rows.map(({ event_id: id }) => id));
  }

  private claimSome(
    statement: string,
    { claim, nowMs, claimedUntilMs, limit }: ClaimOptions,
  ): Promise<Row[]> {
    const [now, until] = [nowMs, claimedUntilMs].map((ms) => new Date(ms).toISOString());
    return this.database.query<Row>(statement, [now, limit, claim, until]);
  }

  /** In a statement of its own, bounded in time: only so is it planned for a partition or two. */
  private async load(claimed: readonly Row[]): Promise<ClaimedEvent[]> {
    if (claimed.length === 0) return [];
    const times = claimed.map((row) => row.received_at).sort();
    const bodies = await this.database.prepared<Body>('webhook-load', LOAD, [
      times[0],
      times.at(-1),
      claimed.map((row) => row.event_id),
    ]);
    const byId = new Map(bodies.map((body) => [body.event_id, body]));
    return [...claimed].sort(inOrder).flatMap((row) => {
      const body = byId.get(row.event_id);
      return body === undefined ? [] : [eventOf(row, body)];
    });
  }
}

interface Row {
  event_id: string;
  received_at: string;
  service_name: ServiceName;
  entity: string | null;
  position: number;
  critical: boolean;
  run: number;
  attempts: number;
  signalled: boolean;
}

interface Body {
  event_id: string;
  external_id: string;
  type: string;
  sequence: number | null;
  payload: string;
}

/** Within an entity by position; `UPDATE … RETURNING` gives rows in any order. */
function inOrder(a: Row, b: Row): number {
  return a.position - b.position || (a.event_id < b.event_id ? -1 : 1);
}

function eventOf(row: Row, body: Body): ClaimedEvent {
  const { run, attempts, signalled, critical, entity } = row;
  const { type, payload, sequence } = body;
  return {
    eventId: row.event_id,
    receivedAt: row.received_at,
    serviceName: row.service_name,
    externalId: body.external_id,
    type,
    entity,
    sequence,
    critical,
    payload,
    run,
    attempts,
    signalled,
  };
}

const free = (row: string) =>
  `${row}.dead_at IS NULL AND ${row}.due_at <= $1 AND (${row}.claimed_until IS NULL OR ${row}.claimed_until <= $1)`;

/** Nothing of the same entity is undone before it. */
const FIRST = `(w.entity IS NULL OR NOT EXISTS (
      SELECT FROM webhook_work e
      WHERE e.service_name = w.service_name AND e.entity = w.entity AND e.dead_at IS NULL
        AND (e.position, e.event_id) < (w.position, w.event_id)
    ))`;

const claiming = (heads: string) => `
WITH ${heads}, followers AS (
  SELECT next.event_id FROM heads CROSS JOIN LATERAL (
    -- Not past one that is not due: it must come first.
    SELECT e.event_id, e.position, bool_and(${free('e')}) OVER (ORDER BY e.position, e.event_id) AS is_free
    FROM webhook_work e
    WHERE e.service_name = heads.service_name AND e.entity = heads.entity AND e.dead_at IS NULL
      AND (e.position, e.event_id) > (heads.position, heads.event_id)
    ORDER BY e.position, e.event_id
    LIMIT ${FOLLOWERS}
  ) AS next
  WHERE heads.entity IS NOT NULL AND next.is_free
  -- Where the bound cuts, it cuts the last ones of an entity.
  ORDER BY heads.event_id, next.position, next.event_id
  LIMIT $2
), claimed AS (
  UPDATE webhook_work w SET claim = $3, claimed_until = $4
  FROM (SELECT event_id FROM heads UNION SELECT event_id FROM followers) AS chosen
  WHERE w.event_id = chosen.event_id AND ${free('w')}
  RETURNING w.event_id, w.received_at, w.service_name, w.entity, w.position, w.critical, w.run, w.attempts,
    w.signalled
)
SELECT * FROM claimed`;

/**
 * A claim that a crash of PostgreSQL loses is made again: nobody waits for the disk. The setting is local to the
 * statement's transaction, and a filter that is looked at once.
 */
const RELAXED = `(SELECT set_config('synchronous_commit', 'off', true)) = 'off'`;

const HEAD = 'w.event_id, w.service_name, w.entity, w.position';

const CRITICAL = `SELECT EXISTS (SELECT FROM webhook_work w WHERE ${free('w')} AND w.critical) AS due`;

/** In the order in which they are due; looked at one by one until there are enough, however many wait. */
const USUAL = claiming(`oldest AS MATERIALIZED (
  SELECT event_id FROM (
    SELECT * FROM webhook_work w WHERE ${free('w')} ORDER BY w.due_at, w.event_id OFFSET 0
  ) AS w
  WHERE ${FIRST}
  LIMIT $2
), heads AS MATERIALIZED (
  SELECT ${HEAD} FROM webhook_work w JOIN oldest USING (event_id)
  WHERE ${RELAXED} AND ${free('w')}
  FOR UPDATE OF w SKIP LOCKED
)`);

/** Critical events, and whatever of their entities stands in front of them: it is as urgent as they are. */
const URGENT = claiming(`urgent AS MATERIALIZED (
  SELECT ${HEAD} FROM webhook_work w WHERE ${free('w')} AND w.critical ORDER BY w.due_at, w.event_id LIMIT $2
), candidates AS (
  SELECT event_id FROM urgent
  UNION
  SELECT e.event_id FROM urgent u JOIN webhook_work e
    ON e.service_name = u.service_name AND e.entity = u.entity AND e.dead_at IS NULL AND e.position <= u.position
), heads AS MATERIALIZED (
  SELECT ${HEAD} FROM webhook_work w JOIN candidates USING (event_id)
  WHERE ${RELAXED} AND ${free('w')} AND ${FIRST}
  ORDER BY w.due_at, w.event_id LIMIT $2 FOR UPDATE OF w SKIP LOCKED
)`);

const LOAD = `
SELECT event_id, external_id, type, sequence, payload FROM webhook_events
WHERE received_at BETWEEN $1 AND $2 AND event_id = ANY($3::text[])`;

const SETTLE = `
WITH input AS (
  SELECT * FROM unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::timestamptz[],
    $9::double precision[])
    AS input(event_id, outcome, due_at, reason, handler, started_at, duration_ms)
), mine AS MATERIALIZED (
  SELECT input.*, w.received_at, w.run, w.attempts FROM webhook_work w JOIN input USING (event_id)
  WHERE w.claim = $1::uuid
  ORDER BY w.event_id FOR UPDATE OF w
), attempted AS (
  INSERT INTO webhook_attempts
    (received_at, event_id, run, attempt, started_at, duration_ms, handler, outcome, reason, replica_id)
  SELECT received_at, event_id, run, attempts + 1, started_at, duration_ms, handler, outcome, reason, $2
  FROM mine WHERE outcome <> 'released'
), told AS (
  INSERT INTO webhook_outbox (fact_id, fact, service_name, body, kept_until)
  SELECT fact_id, fact, service_name, body, clock_timestamp() + interval '${TELL_WITHIN_MS} milliseconds'
  FROM unnest($10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
    AS facts(event_id, fact_id, fact, service_name, body)
  JOIN mine USING (event_id)
  ON CONFLICT DO NOTHING
), done AS (
  DELETE FROM webhook_work w USING mine
  WHERE w.event_id = mine.event_id AND mine.outcome IN ('processed', 'ignored')
), undone AS (
  UPDATE webhook_work w SET
    claim = NULL, claimed_until = NULL,
    attempts = w.attempts + CASE WHEN mine.outcome = 'released' THEN 0 ELSE 1 END,
    due_at = coalesce(mine.due_at, w.due_at),
    dead_at = CASE WHEN mine.outcome = 'dead' THEN clock_timestamp() END,
    reason = CASE WHEN mine.outcome = 'released' THEN w.reason ELSE mine.reason END
  FROM mine WHERE w.event_id = mine.event_id AND mine.outcome NOT IN ('processed', 'ignored')
)
SELECT event_id FROM mine`;
