import type { AirtableFeed } from '@signalbox/contracts';
import type { Database } from '../database/database.js';

export interface FeedKey {
  baseId: string;
  webhookId: string;
}

/** A feed that this worker alone reads until its claim ends. */
export interface ClaimedFeed extends FeedKey {
  cursor: number;
  /** Pings that this reading will have answered. */
  pings: number;
  failures: number;
}

export interface FeedClaim {
  claim: string;
  nowMs: number;
  claimedUntilMs: number;
}

/** How many webhooks are kept track of; Airtable allows ten a base. */
const MAX_FEEDS = 1_000;

/**
 * How far the change feed of each Airtable webhook was read. A ping is a row that is behind; however many come, one
 * reading answers them. One worker at a time reads a base, since the pace is counted by base.
 */
export class AirtableFeeds {
  constructor(private readonly database: Database) {}

  /** Durable when it resolves. A feed beyond the bound is not begun, and its ping is false. */
  async ping(feeds: readonly FeedKey[], firstCursor: number, nowMs: number): Promise<boolean[]> {
    const rows = await this.database.query<{ base_id: string; webhook_id: string }>(
      `INSERT INTO airtable_feeds AS f
         (base_id, webhook_id, cursor, pings, answered, due_at, failures, renew_at)
       SELECT base_id, webhook_id, $3, count(*), 0, $4, 0, $4
       FROM unnest($1::text[], $2::text[]) AS input(base_id, webhook_id)
       WHERE (SELECT count(*) FROM airtable_feeds) < ${MAX_FEEDS}
         OR EXISTS (SELECT FROM airtable_feeds k WHERE (k.base_id, k.webhook_id) = (input.base_id, input.webhook_id))
       GROUP BY base_id, webhook_id ORDER BY base_id, webhook_id
       ON CONFLICT (base_id, webhook_id) DO UPDATE SET
         pings = f.pings + excluded.pings, gone_at = NULL,
         due_at = CASE WHEN f.failures = 0 THEN least(f.due_at, excluded.due_at) ELSE f.due_at END
       RETURNING f.base_id, f.webhook_id`,
      [
        feeds.map(({ baseId }) => baseId),
        feeds.map(({ webhookId }) => webhookId),
        firstCursor,
        new Date(nowMs).toISOString(),
      ],
    );
    const known = new Set(rows.map((row) => `${row.base_id} ${row.webhook_id}`));
    return feeds.map(({ baseId, webhookId }) => known.has(`${baseId} ${webhookId}`));
  }

  /** The feed that has waited for longest, of a base that nobody reads; null when none is behind and due. */
  async claim({ claim, nowMs, claimedUntilMs }: FeedClaim): Promise<ClaimedFeed | null> {
    const [row] = await this.database.query<FeedRow>(
      `WITH chosen AS MATERIALIZED (
         SELECT base_id, webhook_id FROM airtable_feeds w
         WHERE pings > answered AND gone_at IS NULL AND due_at <= $1
           AND NOT EXISTS (SELECT FROM airtable_feeds o WHERE o.base_id = w.base_id AND o.claimed_until > $1)
         ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
       ), claimed AS (
         UPDATE airtable_feeds f SET claim = $2, claimed_until = $3 FROM chosen
         WHERE (f.base_id, f.webhook_id) = (chosen.base_id, chosen.webhook_id)
         RETURNING f.base_id, f.webhook_id, f.cursor, f.pings, f.failures
       )
       SELECT * FROM claimed`,
      [new Date(nowMs).toISOString(), claim, new Date(claimedUntilMs).toISOString()],
    );
    if (row === undefined) return null;
    const { base_id: baseId, webhook_id: webhookId, ...rest } = row;
    return { baseId, webhookId, ...rest };
  }

  /** The events up to here are durable. False when the claim has passed to somebody else, who goes on from there. */
  async advance(
    { baseId, webhookId }: FeedKey,
    claim: string,
    at: { cursor: number; claimedUntilMs: number },
  ): Promise<boolean> {
    const rows = await this.database.query(
      `WITH advanced AS (
         UPDATE airtable_feeds SET cursor = $4, claimed_until = $5
         WHERE base_id = $1 AND webhook_id = $2 AND claim = $3 AND cursor <= $4 RETURNING 1
       ) SELECT 1 FROM advanced`,
      [baseId, webhookId, claim, at.cursor, new Date(at.claimedUntilMs).toISOString()],
    );
    return rows.length > 0;
  }

  /** Read to its end: the pings that had come before the reading began are answered. */
  async finish({ baseId, webhookId }: FeedKey, claim: string, pings: number): Promise<void> {
    await this.database.query(
      `UPDATE airtable_feeds SET answered = greatest(answered, $4), failures = 0, last_error = NULL,
         claim = NULL, claimed_until = NULL
       WHERE base_id = $1 AND webhook_id = $2 AND claim = $3`,
      [baseId, webhookId, claim, pings],
    );
  }

  /** Not read to its end: another worker goes on from the cursor. */
  async release({ baseId, webhookId }: FeedKey, claim: string): Promise<void> {
    await this.database.query(
      `UPDATE airtable_feeds SET claim = NULL, claimed_until = NULL
       WHERE base_id = $1 AND webhook_id = $2 AND claim = $3`,
      [baseId, webhookId, claim],
    );
  }

  /** To be tried again at `dueAtMs`, or not at all when Airtable no longer knows the webhook. */
  async fail(
    { baseId, webhookId }: FeedKey,
    claim: string,
    failure: { reason: string; dueAtMs: number; goneAtMs: number | null },
  ): Promise<void> {
    await this.database.query(
      `UPDATE airtable_feeds SET failures = failures + 1, last_error = $4, due_at = $5, gone_at = $6,
         claim = NULL, claimed_until = NULL
       WHERE base_id = $1 AND webhook_id = $2 AND claim = $3`,
      [baseId, webhookId, claim, failure.reason, isoOf(failure.dueAtMs), isoOf(failure.goneAtMs)],
    );
  }

  /**
   * Webhooks to be renewed by now, those nearest to their end first. They are the caller's: nobody else is given them
   * before `againAtMs`, also when the caller dies.
   */
  async takeRenewals(nowMs: number, againAtMs: number, limit: number): Promise<FeedKey[]> {
    const rows = await this.database.query<{ base_id: string; webhook_id: string }>(
      `WITH due AS MATERIALIZED (
         SELECT base_id, webhook_id FROM airtable_feeds WHERE gone_at IS NULL AND renew_at <= $1
         ORDER BY renew_at LIMIT $3 FOR UPDATE SKIP LOCKED
       ), taken AS (
         UPDATE airtable_feeds f SET renew_at = $2 FROM due
         WHERE (f.base_id, f.webhook_id) = (due.base_id, due.webhook_id)
         RETURNING f.base_id, f.webhook_id
       )
       SELECT * FROM taken`,
      [isoOf(nowMs), isoOf(againAtMs), limit],
    );
    return rows.map((row) => ({ baseId: row.base_id, webhookId: row.webhook_id }));
  }

  /** `expiresAtMs` null: not renewed, to be tried again at `renewAtMs`. */
  async renewed(
    { baseId, webhookId }: FeedKey,
    at: { expiresAtMs: number | null; renewAtMs: number; goneAtMs: number | null },
  ): Promise<void> {
    await this.database.query(
      `UPDATE airtable_feeds SET expires_at = coalesce($3, expires_at), renew_at = $4, gone_at = $5
       WHERE base_id = $1 AND webhook_id = $2`,
      [baseId, webhookId, isoOf(at.expiresAtMs), isoOf(at.renewAtMs), isoOf(at.goneAtMs)],
    );
  }

  async list(): Promise<AirtableFeed[]> {
    const rows = await this.database.query<ListedRow>(
      `SELECT base_id, webhook_id, cursor, pings > answered AS behind, failures, last_error, expires_at, gone_at
       FROM airtable_feeds ORDER BY base_id, webhook_id`,
    );
    return rows.map((row) => ({
      baseId: row.base_id,
      webhookId: row.webhook_id,
      cursor: row.cursor,
      behind: row.behind,
      failures: row.failures,
      lastError: row.last_error,
      expiresAt: row.expires_at,
      goneAt: row.gone_at,
    }));
  }
}

interface FeedRow {
  base_id: string;
  webhook_id: string;
  cursor: number;
  pings: number;
  failures: number;
}

interface ListedRow {
  base_id: string;
  webhook_id: string;
  cursor: number;
  behind: boolean;
  failures: number;
  last_error: string | null;
  expires_at: string | null;
  gone_at: string | null;
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
