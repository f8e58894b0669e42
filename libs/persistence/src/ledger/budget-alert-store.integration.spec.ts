import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alertIdOf, alertMovement, type BudgetAlert } from '@signalbox/budgets';
import { ManualClock } from '@signalbox/testkit';
import { withDatabase } from '../testing/with-database.js';
import { BudgetAlertStore } from './budget-alert-store.js';
import { LedgerJournal } from './ledger-journal.js';
import { ReservationPayers } from './reservation-payers.js';

const NOON_MS = Date.UTC(2026, 0, 15, 12);
const MINUTE_MS = 60_000;

describe('what settles beside the journal', () => {
  const test = withDatabase();

  function anAlert(basisPoints: number): BudgetAlert {
    return {
      alertId: alertIdOf('stripe', 'day', '2026-01-15', basisPoints),
      ...{ serviceName: 'stripe', kind: 'day', key: '2026-01-15', level: 'warning' },
      ...{ threshold: basisPoints / 10_000, capMicroUsd: 2_000_000, atMs: NOON_MS },
      ...{ spentMicroUsd: 1_400_000, reservedMicroUsd: 29_000 },
    };
  }

  it('knows an alert as told from when it was told, however many raise it', async () => {
    const store = new BudgetAlertStore(test.database);
    const alerts = [7_000, 8_500].map(anAlert);
    const ids = alerts.map(({ alertId }) => alertId);
    const raised = await Promise.all([1, 2, 3].map(() => store.raise(alerts)));
    for (const untold of raised) assert.deepEqual([...untold].sort(), ids);
    await store.told([ids[0]!], NOON_MS);
    assert.deepEqual(await store.raise(alerts), [ids[1]]);
    await store.told(ids, NOON_MS);
    assert.deepEqual(await store.raise(alerts), []);
  });

  it('finds the alerts of the journal that nobody told, with what was stored of them', async () => {
    const store = new BudgetAlertStore(test.database);
    const journal = new LedgerJournal(test.database, test.partitions, new ManualClock(NOON_MS));
    const { generation } = await journal.openGeneration('stripe');
    // Told before; stored and not told; never stored.
    const [told, stored, lost] = [7_000, 9_500, 9_900].map(anAlert) as [
      BudgetAlert,
      BudgetAlert,
      BudgetAlert,
    ];
    await journal.append([told, stored, lost].map((alert) => alertMovement(alert, generation)));
    await store.raise([stored]);
    assert.deepEqual(await store.untold(NOON_MS + MINUTE_MS / 2), [], 'whoever is telling them may be at it');
    const untold = await store.untold(NOON_MS + 2 * MINUTE_MS);
    assert.deepEqual(
      untold.sort((a, b) => a.alertId.localeCompare(b.alertId)),
      [
        { alertId: stored.alertId, serviceName: 'stripe', known: stored },
        { alertId: lost.alertId, serviceName: 'stripe', known: null },
      ],
    );
    await store.raise([lost]);
    await store.told([stored.alertId, lost.alertId], NOON_MS);
    assert.deepEqual(await store.untold(NOON_MS + 2 * MINUTE_MS), []);
    const snapshot = await journal.openGeneration('stripe');
    assert.deepEqual([...snapshot.alertIds].sort(), [told.alertId, stored.alertId, lost.alertId].sort());
  });

  it('gives a reservation to the first attempt that names it, for good', async () => {
    const payers = new ReservationPayers(test.database);
    const attempt = (reservationId: string, coordinationId: string) => ({
      serviceName: 'maps' as const,
      reservationId,
      coordinationId,
    });
    const together = [attempt('r1', 'c1'), attempt('r1', 'c2'), attempt('r2', 'c3')];
    assert.deepEqual(await payers.claim(together, NOON_MS), [true, false, true]);
    assert.deepEqual(await payers.claim([attempt('r1', 'c2'), attempt('r1', 'c1')], NOON_MS), [false, true]);
    const racing = await Promise.all(
      Array.from({ length: 10 }, (_, index) => payers.claim([attempt('r3', `c${index}`)], NOON_MS)),
    );
    assert.equal(racing.flat().filter(Boolean).length, 1);
    assert.deepEqual(await payers.claim([], NOON_MS), []);
  });

  it('forgets what is settled long ago', async () => {
    const payers = new ReservationPayers(test.database);
    const attempt = { serviceName: 'twilio' as const, reservationId: 'old', coordinationId: 'c1' };
    await payers.claim([attempt], NOON_MS);
    await test.partitions.maintain(NOON_MS + 49 * 60 * MINUTE_MS);
    assert.deepEqual(await payers.claim([{ ...attempt, coordinationId: 'c2' }], NOON_MS), [true]);
  });
});
