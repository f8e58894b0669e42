import type { Database } from '../database/database.js';
import { DAY_MS } from '../history/partition-period.js';

/** As long as the bodies are kept: a retry that comes later is a new event. */
const KEPT_DAYS = 30;
/** Small enough that nobody waits for a lock, large enough to be through a day in minutes. */
const ROWS_AT_A_TIME = 5_000;

/** What leaves row by row, beside the bodies that leave in whole partitions. */
const EXPIRING = [
  ['webhook_keys', 'received_at'],
  ['webhook_work', 'received_at'],
  ['webhook_tallies', 'span_start'],
] as const;

/** Lets go of what is past 30 days. Replicas may all do it. Returns how many rows went. */
export async function expireWebhooks(database: Database, nowMs: number): Promise<number> {
  const before = new Date(nowMs - KEPT_DAYS * DAY_MS).toISOString();
  let expired = 0;
  for (const [table, column] of EXPIRING) {
    for (;;) {
      const [row] = await database.query<{ gone: number }>(
        `WITH gone AS (
           DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM ${table} WHERE ${column} < $1 LIMIT ${ROWS_AT_A_TIME} FOR UPDATE SKIP LOCKED
           )) RETURNING 1
         ) SELECT count(*) AS gone FROM gone`,
        [before],
      );
      const gone = row?.gone ?? 0;
      expired += gone;
      if (gone < ROWS_AT_A_TIME) break;
    }
  }
  return expired;
}
