import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutcomeReported } from '@signalbox/contracts';
import { ConnectionStore } from '../connections/connection-store.js';
import { aDecision, anErrorAt, anOutcomeOf, NOON_MS } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { HistoryStore } from './history-store.js';
import { DAY_MS } from './partition-period.js';

describe('history', () => {
  const test = withDatabase();
  const history = () => new HistoryStore(test.database, test.partitions, test.clock);

  async function count(table: string, where = 'true'): Promise<number> {
    const [row] = await test.database.query<{ rows: number }>(
      `SELECT count(*) AS rows FROM ${table} WHERE ${where}`,
    );
    return row!.rows;
  }

  describe('HistoryStore', () => {
    it('writes the same batch twice as the same rows', async () => {
      const decisions = Array.from({ length: 3_000 }, (_, n) => aDecision({ atMs: NOON_MS + n }));
      const outcomes = decisions.map((decision) => anOutcomeOf(decision));
      const errors = [1, 2, 3].map((n) => anErrorAt(NOON_MS + n));
      for (const [written, duplicates] of [
        [1, 0],
        [0, 1],
      ] as const) {
        assert.deepEqual(await history().writeDecisions(decisions), {
          written: written * 3_000,
          duplicates: duplicates * 3_000,
          refused: [],
        });
        assert.deepEqual(await history().writeOutcomes(outcomes), {
          written: written * 3_000,
          duplicates: duplicates * 3_000,
          refused: [],
        });
        assert.deepEqual(await history().writeErrors(errors), {
          written: written * 3,
          duplicates: duplicates * 3,
          refused: [],
        });
      }
      assert.equal(await count('decisions'), 3_000);
      assert.equal(await count('outcomes'), 3_000);
      assert.equal(await count('error_events'), 3);
    });

    it('writes a batch once when two recorders get it at the same time', async () => {
      const decisions = Array.from({ length: 500 }, () => aDecision({ serviceName: 'maps' }));
      const results = await Promise.all([1, 2, 3].map(() => history().writeDecisions(decisions)));
      assert.equal(
        results.reduce((sum, result) => sum + result.written, 0),
        500,
      );
      assert.equal(await count('decisions', `service_name = 'maps'`), 500);
    });

    it('keeps the first outcome of a decision, also when both come in one batch', async () => {
      const outcome = anOutcomeOf(aDecision());
      const second: OutcomeReported = { ...outcome, outcome: 'timeout', eventId: 'another' };
      assert.deepEqual(await history().writeOutcomes([outcome, second]), {
        written: 1,
        duplicates: 1,
        refused: [],
      });
      await history().writeOutcomes([second]);
      assert.equal(
        await count('outcomes', `coordination_id = '${outcome.coordinationId}' AND outcome = 'success'`),
        1,
      );
    });

    it('keeps money exact to the millionth of a dollar', async () => {
      const decision = aDecision({ cost: 0.0079, baselineCost: 123_456_789.000001 });
      await history().writeDecisions([decision]);
      const rows = await test.database.query(
        'SELECT estimated_cost_micro_usd AS cost, baseline_cost_micro_usd AS baseline FROM decisions WHERE coordination_id = $1',
        [decision.decision.coordinationId],
      );
      assert.deepEqual(rows, [{ cost: 7_900, baseline: 123_456_789_000_001 }]);
    });

    it('writes circuit and health changes', async () => {
      const event = {
        eventId: 'e1',
        occurredAt: new Date(NOON_MS).toISOString(),
        serviceName: 'stripe' as const,
      };
      const circuit = {
        ...event,
        nodeId: 'n',
        from: 'closed' as const,
        to: 'open' as const,
        reason: 'r',
        openUntil: event.occurredAt,
        replicaId: 'r1',
      };
      const health = {
        ...event,
        nodeId: null,
        severity: 'high',
        reason: 'r',
        measured: 0.2,
        threshold: 0.05,
        unit: 'ratio',
        dependents: ['invoicing'],
      };
      for (const written of [1, 0]) {
        assert.equal((await history().writeCircuitChanges([circuit])).written, written);
        assert.equal((await history().writeHealthChanges('degraded', [health])).written, written);
      }
      assert.equal(await count('circuit_changes', `open_until = occurred_at AND to_state = 'open'`), 1);
      assert.equal(await count('health_changes', `change = 'degraded' AND dependents ? 'invoicing'`), 1);
    });

    it('makes the partition of an older day for rows that come late', async () => {
      const late = aDecision({ atMs: NOON_MS - 5 * DAY_MS });
      assert.equal((await history().writeOutcomes([anOutcomeOf(late)])).written, 1);
      assert.equal((await history().writeDecisions([late])).written, 1);
      assert.equal(await count('decisions_p20260110'), 1);
      assert.equal(await count('outcomes_p20260110'), 1);
    });

    it('makes the partition again that somebody dropped behind its back', async () => {
      const store = history();
      const at = (n: number) => aDecision({ atMs: NOON_MS - 9 * DAY_MS + n });
      await store.writeDecisions([at(1)]);
      await test.database.query('DROP TABLE decisions_p20260106');
      assert.equal((await store.writeDecisions([at(2)])).written, 1);
    });

    it('refuses what lies outside of the retention, and writes the rest of the batch', async () => {
      const ids = ['coordination_0000000001_abcdef', 'coordination_9999999999_abcdef'];
      const outcomes = [
        anOutcomeOf(aDecision()),
        ...ids.map((coordinationId) => anOutcomeOf(aDecision(), { coordinationId })),
      ];
      const result = await history().writeOutcomes(outcomes);
      assert.equal(result.written, 1);
      assert.deepEqual(
        result.refused.map((refused) => refused.index),
        [1, 2],
      );
      assert.deepEqual(
        (await history().writeErrors([anErrorAt(NOON_MS, { occurredAt: '2026-99-99T99:99:99Z' })])).refused
          .length,
        1,
      );
    });

    it('sets aside the one row that the database refuses, and writes the other 1,999', async () => {
      const outcomes = Array.from({ length: 2_000 }, () =>
        anOutcomeOf(aDecision({ serviceName: 'airtable' })),
      );
      outcomes[1_234] = { ...outcomes[1_234]!, occurredAt: '2026-99-99T99:99:99Z' };
      const result = await history().writeOutcomes(outcomes);
      assert.equal(result.written, 1_999);
      assert.deepEqual(
        result.refused.map((refused) => refused.index),
        [1_234],
      );
      assert.equal(await count('outcomes', `service_name = 'airtable'`), 1_999);
    });

    it('stores text that PostgreSQL has no room for, with what it cannot store replaced', async () => {
      const event = anErrorAt(NOON_MS, {
        errorMessage: 'nul \0 half \ud83d pair \ud83d\ude80 escape \\u0000',
        errorType: "'; --",
        errorDetails: { cascadingServices: ['nul \0', 'half \ud83d'] },
      });
      assert.equal((await history().writeErrors([event])).written, 1);
      const rows = await test.database.query(
        'SELECT message, cascading_services AS cascading FROM error_events WHERE event_id = $1',
        [event.eventId],
      );
      assert.deepEqual(rows, [
        {
          message: 'nul \ufffd half \ufffd pair \ud83d\ude80 escape \\u0000',
          cascading: ['nul \ufffd', 'half \ufffd'],
        },
      ]);
    });

    it('writes nothing for an empty batch', async () => {
      assert.deepEqual(await history().writeDecisions([]), { written: 0, duplicates: 0, refused: [] });
    });
  });

  describe('connections', () => {
    const connections = () => new ConnectionStore(test.database);

    it('are counted once per event, however often it is delivered', async () => {
      const named = { streamId: 's1', recoveryStrategyId: 'r1', serviceName: 'samsara' as const };
      const errors = [anErrorAt(NOON_MS, named), anErrorAt(NOON_MS + 5_000, named)];
      const decision = aDecision({
        serviceName: 'samsara',
        atMs: NOON_MS - 1_000,
        agentContext: { errorStreamId: 's1', recoveryStrategyId: null, monitoringSessionId: 'm1' },
      });
      for (let delivery = 0; delivery < 3; delivery++) {
        await history().writeErrors(errors);
        await history().writeDecisions([decision]);
      }
      const { items } = await connections().list({}, NOON_MS + 6_000);
      assert.deepEqual(
        items.map(({ kind, id, serviceName, events, firstSeen, lastSeen, state }) => [
          kind,
          id,
          serviceName,
          events,
          Date.parse(firstSeen) - NOON_MS,
          Date.parse(lastSeen) - NOON_MS,
          state,
        ]),
        [
          ['error_stream', 's1', 'samsara', 2, -1_000, 5_000, 'active'],
          ['monitoring_session', 'm1', 'samsara', 0, -1_000, -1_000, 'active'],
          ['recovery_strategy', 'r1', 'samsara', 2, 0, 5_000, 'active'],
        ],
      );
      assert.deepEqual(
        items.map(({ lagMs }) => lagMs !== null && lagMs >= 0),
        [true, false, true],
      );
    });

    it('are idle when nothing has named them for five minutes', async () => {
      const { items } = await connections().list({ limit: 1 }, NOON_MS + 5_000 + 300_000);
      assert.equal(items[0]!.state, 'idle');
      assert.equal(await connections().countActive(NOON_MS + 6_000), 3);
      assert.equal(await connections().countActive(NOON_MS + 6_000, 'samsara'), 3);
      assert.equal(await connections().countActive(NOON_MS + 6_000, 'stripe'), 0);
      assert.equal(await connections().countActive(NOON_MS + 305_000), 0);
    });

    it('are paged in a stable order while others appear', async () => {
      const first = await connections().list({ limit: 2 }, NOON_MS);
      await history().writeErrors([anErrorAt(NOON_MS, { streamId: 'a-new-one' })]);
      const second = await connections().list({ limit: 2, cursor: first.nextCursor! }, NOON_MS);
      assert.deepEqual(
        [...first.items, ...second.items].map((connection) => connection.id),
        ['s1', 'm1', 'r1'],
      );
      assert.equal(second.nextCursor, null);
    });

    it('never deadlock recorders that count the same ones in another order', async () => {
      const batch = (ids: string[]) =>
        ids.map((streamId) => anErrorAt(NOON_MS, { streamId, recoveryStrategyId: streamId }));
      const ids = Array.from({ length: 50 }, (_, n) => `shared-${n}`);
      await Promise.all(
        Array.from({ length: 8 }, (_, n) => history().writeErrors(batch(n % 2 ? ids : [...ids].reverse()))),
      );
      assert.equal(await count('connections', `id LIKE 'shared-%' AND events = 8`), 100);
    });
  });
});
