import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDecision, anErrorAt, NOON_MS } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { HistoryStore } from './history-store.js';
import { DAY_MS } from './partition-period.js';
import { Partitions } from './partitions.js';

describe('partitioned tables', () => {
  const test = withDatabase();

  async function partitionsOf(table: string): Promise<string[]> {
    const rows = await test.database.query<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1`,
      [table],
    );
    return rows.map((row) => row.name);
  }

  describe('Partitions', () => {
    it('makes today and a week ahead of every table, once when replicas do so together', async () => {
      await Promise.all([1, 2, 3].map(() => new Partitions(test.database).maintain(NOON_MS)));
      const days = ['15', '16', '17', '18', '19', '20', '21', '22'];
      for (const table of ['decisions', 'outcomes', 'error_events', 'circuit_changes', 'health_changes']) {
        assert.deepEqual(
          await partitionsOf(table),
          days.map((day) => `${table}_p202601${day}`),
        );
      }
      assert.deepEqual(await partitionsOf('audit_entries'), ['audit_entries_p202601']);
    });

    it('gives partitions the indexes of their table', async () => {
      const indexes = await test.database.query<{ table: string; indexes: number }>(
        `SELECT c.relname AS table, count(*) AS indexes FROM pg_index i JOIN pg_class c ON c.oid = indrelid
       WHERE c.relname IN ('decisions', 'decisions_p20260115') GROUP BY 1 ORDER BY 1`,
      );
      assert.deepEqual(
        indexes.map((row) => row.indexes),
        [3, 3],
      );
    });

    it('drops whole days past the retention, and nothing that has a part inside it', async () => {
      const partitions = new Partitions(test.database, { decisions: 7 });
      const history = new HistoryStore(test.database, partitions, test.clock);
      await history.writeDecisions([7, 6].map((days) => aDecision({ atMs: NOON_MS - days * DAY_MS })));
      await history.writeErrors([anErrorAt(NOON_MS - 7 * DAY_MS)]);

      assert.deepEqual((await partitions.maintain(NOON_MS)).dropped, []);
      // One day on, the 8th of January lies wholly before the 9th, noon: seven days back.
      const later = await partitions.maintain(NOON_MS + DAY_MS);
      assert.deepEqual(later.dropped, ['decisions_p20260108']);
      assert.ok((await partitionsOf('error_events')).includes('error_events_p20260108'));
      assert.deepEqual((await partitions.maintain(NOON_MS + DAY_MS)).dropped, []);
    });

    it('takes no row of a day that it would drop again', async () => {
      const partitions = new Partitions(test.database, { decisions: 7 });
      const midnight = Date.UTC(2026, 0, 8);
      assert.equal(partitions.accepts('decisions', midnight, NOON_MS), true);
      assert.equal(partitions.accepts('decisions', midnight - 1, NOON_MS), false);
      assert.equal(partitions.accepts('decisions', NOON_MS + 2 * DAY_MS, NOON_MS), false);
      assert.equal(partitions.accepts('decisions', NaN, NOON_MS), false);
    });

    it('keeps the audit append-only in every partition, and drops it by the month', async () => {
      await test.audit.append({
        by: { actor: 'a', role: 'admin', correlationId: 'c' },
        action: 'x',
        object: 'y',
      });
      const [row] = await test.database.query<{ current: string }>(
        'SELECT tableoid::regclass::text AS current FROM audit_entries',
      );
      const { current } = row!;
      await assert.rejects(test.database.query(`DELETE FROM ${current}`), /append-only/);
      const { dropped } = await new Partitions(test.database, { audit_entries: 30 }).maintain(
        Date.now() + 100 * DAY_MS,
      );
      assert.ok(dropped.includes(current));
    });
  });
});
