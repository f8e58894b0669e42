import type { BatchItemState, Fact, ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { isoOf } from './batch-item.js';
import { GroupCommit } from './group-commit.js';

/** The one end of a request. */
export interface EndedItem {
  requestId: string;
  /** Null when it ends without having been sent (a duplicate, one that gave up): then nobody may hold a claim on it. */
  claimId: string | null;
  state: Extract<BatchItemState, 'succeeded' | 'failed' | 'dead'>;
  endedAtMs: number;
  statusCode: number | null;
  /** The provider's answer for this request, as JSON. */
  result: unknown;
  reason: string | null;
  message: string | null;
  duplicateOf: string | null;
  /** What it would have been billed had it been a call of its own; counted only if it was carried to the provider. */
  aloneUnits: number;
}

/** A request that shall be tried again. */
export interface ReleasedItem {
  requestId: string;
  /** Null: it was never claimed and only waits longer. */
  claimId: string | null;
  availableAtMs: number;
  /** The parcel that will carry it: with those that may be tried again at the same time. */
  queueId: string;
  reason: string;
  message: string;
  /** The attempt was none: nothing was sent, or the provider refused without looking. */
  refundAttempt: boolean;
}

/** What calls added since the last time they were told. */
export interface CallTally {
  serviceName: ServiceName;
  calls: number;
  retries: number;
  bisections: number;
  billableUnits: number;
  costMicroUsd: number;
}

/** Something to tell, once what it says is true. */
export interface BatchNews {
  eventId: string;
  fact: Extract<Fact, 'batches.completed' | 'batches.failed'>;
  serviceName: ServiceName;
  body: object;
}

export interface Settling {
  ended: readonly EndedItem[];
  released: readonly ReleasedItem[];
  tallies: readonly CallTally[];
  news: readonly BatchNews[];
}

/** Says which requests this settling ended or released; for the others somebody else has spoken before. */
export type Settled = ReadonlySet<string>;

const MAX_ORDERS = 128;

/**
 * Writes what became of requests: their ends and waits, what the calls cost, and the news to tell, in one
 * transaction. An end needs the claim under which the request was sent, so that each request has exactly one.
 */
export class BatchSettlements {
  private readonly settling: GroupCommit<Settling, Settled>;

  constructor(private readonly database: Database) {
    this.settling = new GroupCommit((orders) => this.settleAll(orders), { maxOrders: MAX_ORDERS, lanes: 2 });
  }

  settle(settling: Settling): Promise<Settled> {
    return this.settling.write(settling);
  }

  /**
   * Ends requests whose claim has run out for `graceMs` without an end, where sending again might do it twice: nobody
   * knows whether they were carried out. Returns those.
   */
  async bury(
    requestIds: readonly string[],
    graceMs: number,
    nowMs: number,
    reason: string,
    message: string,
  ): Promise<string[]> {
    const rows = await this.database.query<{ request_id: string }>(BURY, [
      requestIds,
      isoOf(nowMs),
      reason,
      message,
      graceMs,
    ]);
    return rows.map((row) => row.request_id);
  }

  /** News that was not told within `olderThanMs`: its worker may have died in between. */
  async untold(olderThanMs: number, limit: number): Promise<BatchNews[]> {
    const rows = await this.database.query<{
      event_id: string;
      fact: BatchNews['fact'];
      service_name: ServiceName;
      body: object;
    }>(
      `SELECT event_id, fact, service_name, body FROM batch_news
       WHERE created_at < now() - $1 * interval '1 ms' ORDER BY created_at LIMIT $2`,
      [olderThanMs, limit],
    );
    return rows.map((row) => ({
      eventId: row.event_id,
      fact: row.fact,
      serviceName: row.service_name,
      body: row.body,
    }));
  }

  async told(eventIds: readonly string[]): Promise<void> {
    await this.database.query(`DELETE FROM batch_news WHERE event_id = ANY($1)`, [eventIds]);
  }

  private async settleAll(orders: readonly Settling[]): Promise<Settled[]> {
    const ended = orders.flatMap((order) => order.ended).sort(byId);
    const released = orders.flatMap((order) => order.released).sort(byId);
    const tallies = orders.flatMap((order) => order.tallies);
    const news = orders.flatMap((order) => order.news);
    const done = await this.database.transaction(async (manager) => {
      const ids: string[] = [];
      const take = (rows: { request_id: string }[]) => rows.forEach((row) => ids.push(row.request_id));
      if (ended.length > 0) take(await manager.query(END, columnsOf(ended, ENDED_COLUMNS)));
      if (released.length > 0) take(await manager.query(RELEASE, columnsOf(released, RELEASED_COLUMNS)));
      if (tallies.length > 0) await manager.query(TALLY, columnsOf(tallies, TALLY_COLUMNS));
      if (news.length > 0) await manager.query(TELL, columnsOf(news, NEWS_COLUMNS));
      return new Set(ids);
    });
    return orders.map(
      (order) =>
        new Set(
          [...order.ended, ...order.released].map(({ requestId }) => requestId).filter((id) => done.has(id)),
        ),
    );
  }
}

type Cell = string | number | boolean | null;
type Columns<Row> = readonly (readonly [type: string, read: (row: Row) => Cell])[];

function columnsOf<Row>(rows: readonly Row[], columns: Columns<Row>): Cell[][] {
  return columns.map(([, read]) => rows.map(read));
}

function arraysOf<Row>(columns: Columns<Row>): string {
  return columns.map(([type], index) => `$${index + 1}::${type}[]`).join(', ');
}

function byId(a: { requestId: string }, b: { requestId: string }): number {
  return a.requestId < b.requestId ? -1 : 1;
}

/** PostgreSQL's text has no NUL. */
function storable(text: string | null): string | null {
  return text?.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text;
}

const ENDED_COLUMNS: Columns<EndedItem> = [
  ['text', (item) => item.requestId],
  ['text', (item) => item.claimId],
  ['text', (item) => item.state],
  ['timestamptz', (item) => isoOf(item.endedAtMs)],
  ['smallint', (item) => item.statusCode],
  ['json', (item) => (item.result === undefined ? null : JSON.stringify(item.result))],
  ['text', (item) => item.reason],
  ['text', (item) => storable(item.message)],
  ['text', (item) => item.duplicateOf],
  ['integer', (item) => item.aloneUnits],
];

const RELEASED_COLUMNS: Columns<ReleasedItem> = [
  ['text', (item) => item.requestId],
  ['text', (item) => item.claimId],
  ['timestamptz', (item) => isoOf(item.availableAtMs)],
  ['text', (item) => item.queueId],
  ['text', (item) => item.reason],
  ['text', (item) => storable(item.message)],
  ['integer', (item) => (item.refundAttempt ? 1 : 0)],
];

const TALLY_COLUMNS: Columns<CallTally> = [
  ['text', (tally) => tally.serviceName],
  ['integer', (tally) => tally.calls],
  ['integer', (tally) => tally.retries],
  ['integer', (tally) => tally.bisections],
  ['integer', (tally) => tally.billableUnits],
  ['bigint', (tally) => tally.costMicroUsd],
];

const NEWS_COLUMNS: Columns<BatchNews> = [
  ['text', (news) => news.eventId],
  ['text', (news) => news.fact],
  ['text', (news) => news.serviceName],
  ['json', (news) => JSON.stringify(news.body)],
];

/** What ends is counted in the statement that ends it: an item that somebody else has ended is not counted twice. */
const ENDING = `WITH ended AS (`;
const tallying = (isCarried: string, aloneUnits: string) => `
    RETURNING item.request_id, item.service_name, item.priority, item.state, item.duplicate_of, item.accepted_at,
      item.left_at, item.replays, ${aloneUnits} AS alone_units, ${isCarried} AS is_carried
  ), tallied AS (
    INSERT INTO batch_tallies AS known
      (hour, service_name, requests, carried, succeeded, failed, dead, duplicates, alone_units)
    SELECT date_trunc('hour', now(), 'UTC'), service_name, count(*), count(*) FILTER (WHERE is_carried),
      count(*) FILTER (WHERE state = 'succeeded'),
      count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'dead'), count(duplicate_of),
      coalesce(sum(alone_units) FILTER (WHERE is_carried), 0)
    FROM ended GROUP BY service_name ORDER BY service_name
    ON CONFLICT (hour, service_name) DO UPDATE SET requests = known.requests + excluded.requests,
      carried = known.carried + excluded.carried, succeeded = known.succeeded + excluded.succeeded, failed = known.failed + excluded.failed,
      dead = known.dead + excluded.dead, duplicates = known.duplicates + excluded.duplicates,
      alone_units = known.alone_units + excluded.alone_units
  ), waits AS (
    SELECT service_name, priority, greatest(0, extract(epoch FROM left_at - accepted_at) * 1000) AS wait_ms
    FROM ended WHERE left_at IS NOT NULL AND replays = 0
  ), waited AS (
    INSERT INTO batch_waits AS known (hour, service_name, priority, bucket, requests, wait_ms_sum)
    SELECT date_trunc('hour', now(), 'UTC'), service_name, priority,
      ceil(ln(greatest(wait_ms, 1)) / ln(1.1))::smallint AS bucket, count(*), sum(wait_ms)
    FROM waits GROUP BY service_name, priority, bucket ORDER BY service_name, priority, bucket
    ON CONFLICT (hour, service_name, priority, bucket) DO UPDATE SET
      requests = known.requests + excluded.requests, wait_ms_sum = known.wait_ms_sum + excluded.wait_ms_sum
  )
  SELECT request_id FROM ended`;

/** Left in its present run: `left_at` stays over a replay, which forgets the attempts. */
const left = (request: string) =>
  `(${request}.left_at IS NOT NULL AND (${request}.replays = 0 OR ${request}.attempts > 0))`;

/** It went itself, or the one went whose answer it shares. */
const CARRIED = `(${left('item')} OR EXISTS (SELECT FROM batch_items AS equal
      WHERE equal.request_id = item.duplicate_of AND ${left('equal')}))`;

/** The calls of these died uncounted with their worker: what they carried is not counted either. */
const BURY = `${ENDING}
    UPDATE batch_items AS item SET state = 'dead', ended_at = $2, reason = $3, message = $4
    WHERE request_id = ANY($1) AND state = 'sending' AND claimed_until < now() - $5 * interval '1 ms' AND NOT repeatable
    ${tallying('false', '0')}`;

const END = `${ENDING}
    UPDATE batch_items AS item SET
      state = said.state, ended_at = said.ended_at, status_code = said.status_code, result = said.result,
      reason = said.reason, message = said.message, duplicate_of = said.duplicate_of
    FROM unnest(${arraysOf(ENDED_COLUMNS)}) AS said
      (request_id, claim_id, state, ended_at, status_code, result, reason, message, duplicate_of, alone_units)
    WHERE item.request_id = said.request_id AND item.ended_at IS NULL
      AND (said.claim_id IS NULL AND item.state <> 'sending' OR item.state = 'sending' AND item.claim_id = said.claim_id)
    ${tallying(CARRIED, 'said.alone_units')}`;

const RELEASE = `
  WITH released AS (UPDATE batch_items AS item SET
    state = CASE WHEN item.attempts - said.refund > 0 THEN 'retrying' ELSE 'queued' END,
    attempts = item.attempts - said.refund, available_at = said.available_at, queue_id = said.queue_id, reason = said.reason,
    message = said.message, claim_id = NULL, claimed_until = NULL
  FROM unnest(${arraysOf(RELEASED_COLUMNS)}) AS said(request_id, claim_id, available_at, queue_id, reason, message, refund)
  WHERE item.request_id = said.request_id AND item.ended_at IS NULL
    AND (said.claim_id IS NULL AND item.state <> 'sending' OR item.state = 'sending' AND item.claim_id = said.claim_id)
  RETURNING item.request_id)
  SELECT request_id FROM released`;

const TALLY = `
  INSERT INTO batch_tallies AS known
    (hour, service_name, calls, retries, bisections, billable_units, cost_micro_usd)
  SELECT date_trunc('hour', now(), 'UTC'), service_name, sum(calls), sum(retries), sum(bisections), sum(billable_units),
    sum(cost_micro_usd)
  FROM unnest(${arraysOf(TALLY_COLUMNS)}) AS said(service_name, calls, retries, bisections, billable_units, cost_micro_usd)
  GROUP BY service_name ORDER BY service_name
  ON CONFLICT (hour, service_name) DO UPDATE SET calls = known.calls + excluded.calls,
    retries = known.retries + excluded.retries, bisections = known.bisections + excluded.bisections,
    billable_units = known.billable_units + excluded.billable_units,
    cost_micro_usd = known.cost_micro_usd + excluded.cost_micro_usd`;

const TELL = `
  INSERT INTO batch_news (event_id, fact, service_name, body)
  SELECT * FROM unnest(${arraysOf(NEWS_COLUMNS)}) ON CONFLICT DO NOTHING`;
