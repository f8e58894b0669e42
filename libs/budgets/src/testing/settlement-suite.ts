import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SWEEP_BATCH } from '../ledger-bounds.js';
import { SERVICE, counts, type Trial } from './trial.js';

/** What becomes of a reservation. */
export function settlementSuite(name: string, trial: Trial): void {
  const { ready, ask, spend, stateOf } = trial;

  describe(`${name}: settlement`, () => {
    it('replaces the estimate by the cost, which may be higher, once', async () => {
      const ledger = await ready();
      await ask(ledger, { requestId: 'call', estimateMicroUsd: 100 });
      const settled = await spend(ledger, 250, 'call');
      assert.equal(settled.changed, true);
      const again = await spend(ledger, 999, 'call');
      assert.equal(again.changed, false);
      assert.deepEqual(again.movements, settled.movements);
      assert.deepEqual(await stateOf(ledger), { used: [1, 1, 1], day: [250, 0, 0], month: [250, 0, 0] });
    });

    it('gives money and tokens back on release, once', async () => {
      const ledger = await ready();
      const before = await stateOf(ledger);
      await ask(ledger, { requestId: 'unmade', estimateMicroUsd: 100 });
      const release = () => ledger.release({ serviceName: SERVICE, reservationId: 'unmade' });
      assert.equal((await release()).changed, true);
      assert.equal((await release()).changed, false);
      assert.deepEqual(await stateOf(ledger), before);
      const again = await ask(ledger, { requestId: 'unmade' });
      assert.deepEqual(again.refusedBy, ['settled']);
    });

    it('takes a cost that comes before its reservation; the reservation then takes nothing', async () => {
      const ledger = await ready();
      assert.equal((await spend(ledger, 70, 'early')).changed, true);
      const late = await ask(ledger, { requestId: 'early', estimateMicroUsd: 100 });
      assert.deepEqual([late.allowed, late.duplicate], [true, true]);
      assert.deepEqual(counts(late), { used: [1, 1, 1], day: [70, 0, 0], month: [70, 0, 0] });
    });

    it('lets a cost outweigh a release, and nothing outweigh a cost', async () => {
      const ledger = await ready();
      await ask(ledger, { requestId: 'odd', estimateMicroUsd: 100 });
      await ledger.release({ serviceName: SERVICE, reservationId: 'odd' });
      assert.equal((await spend(ledger, 80, 'odd')).changed, true);
      assert.equal((await ledger.release({ serviceName: SERVICE, reservationId: 'odd' })).changed, false);
      assert.deepEqual((await stateOf(ledger)).day, [80, 0, 0]);
    });

    it('takes back what has expired, keeps its tokens, and still books a cost that comes after', async () => {
      const ledger = await ready({}, 1);
      await ask(ledger, { requestId: 'forgotten', estimateMicroUsd: 100 });
      await trial.rig().elapse(2);
      const swept = await ledger.sweep(SERVICE);
      assert.equal(swept.expired, 1);
      assert.deepEqual(
        swept.movements.map(({ kind }) => kind),
        ['expire'],
      );
      assert.equal((await ledger.sweep(SERVICE)).expired, 0);
      assert.deepEqual(await stateOf(ledger), { used: [1, 1, 1], day: [0, 0, 0], month: [0, 0, 0] });
      await spend(ledger, 60, 'forgotten');
      assert.deepEqual((await stateOf(ledger)).day, [60, 0, 0]);
    });

    it('leaves nothing open of more than one sweep takes, settled ones and repeated ones among it', async () => {
      const ledger = await ready({ limits: { burst: 1_000, sustainedPerHour: 1_000, daily: 1_000 } }, 1);
      const calls = Array.from({ length: 2 * SWEEP_BATCH + 50 }, (_, index) => `call-${index}`);
      for (const requestId of [...calls, 'call-0', 'call-1']) {
        await ask(ledger, { requestId, estimateMicroUsd: 10, force: true });
      }
      await spend(ledger, 4, 'call-0');
      assert.equal((await ledger.state(SERVICE)).openReservations, calls.length - 1);
      await trial.rig().elapse(2);
      const sweeps = [];
      do sweeps.push(await ledger.sweep(SERVICE));
      while (sweeps.at(-1)?.more === true);
      // 449 by 200.
      assert.deepEqual(
        sweeps.map(({ expired }) => expired),
        [SWEEP_BATCH, SWEEP_BATCH, 49],
      );
      assert.equal((await ledger.state(SERVICE)).openReservations, 0);
      // Outcomes after the expiry count, and open nothing.
      await spend(ledger, 6, 'call-1');
      const again = await ask(ledger, { requestId: 'call-2', estimateMicroUsd: 10, force: true });
      assert.equal(again.duplicate, true);
      assert.equal((await ledger.state(SERVICE)).openReservations, 0);
      assert.deepEqual((await stateOf(ledger)).day, [10, 0, 0]);
    });
  });
}
