import type { ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import type { FactToTell } from './webhook-work.js';

/**
 * The facts that JetStream has not acknowledged. They are written with what they tell of, in its transaction, and
 * stay until they are stored there: a crash in between makes them be told again, under the same id.
 */
export class WebhookOutbox {
  constructor(private readonly database: Database) {}

  /** JetStream has them. Nobody waits for the disk: a fact that comes back after a crash is told again, and known. */
  async forget(factIds: readonly string[]): Promise<void> {
    if (factIds.length === 0) return;
    await this.database.prepared(
      'webhook-outbox-forget',
      `DELETE FROM webhook_outbox WHERE fact_id = ANY($1::text[])
         AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'`,
      [factIds],
    );
  }

  /**
   * Facts whose teller did not tell them in time, oldest first. They are the caller's to tell until `keptUntilMs`.
   */
  async overdue(nowMs: number, keptUntilMs: number, limit: number): Promise<FactToTell[]> {
    const rows = await this.database.query<Row>(TAKE, [
      new Date(nowMs).toISOString(),
      new Date(keptUntilMs).toISOString(),
      limit,
    ]);
    return rows
      .sort((a, b) => (a.fact_id < b.fact_id ? -1 : 1))
      .map(({ fact_id: factId, fact, service_name: serviceName, body }) => ({
        factId,
        fact,
        serviceName,
        body,
      }));
  }

  /** How many wait. */
  async waiting(): Promise<number> {
    const [row] = await this.database.query<{ waiting: number }>(
      'SELECT count(*) AS waiting FROM webhook_outbox',
    );
    return row?.waiting ?? 0;
  }
}

interface Row {
  fact_id: string;
  fact: FactToTell['fact'];
  service_name: ServiceName;
  body: string;
}

const TAKE = `
WITH taken AS MATERIALIZED (
  SELECT fact_id FROM webhook_outbox WHERE kept_until < $1
  ORDER BY kept_until LIMIT $3 FOR UPDATE SKIP LOCKED
), kept AS (
  UPDATE webhook_outbox o SET kept_until = $2 FROM taken WHERE o.fact_id = taken.fact_id
  RETURNING o.fact_id, o.fact, o.service_name, o.body
)
SELECT * FROM kept`;
