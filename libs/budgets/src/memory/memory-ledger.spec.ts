import { ManualClock } from '@signalbox/testkit';
import { ledgerConformance } from '../testing/index.js';
import { MemoryLedger } from './memory-ledger.js';

const clock = new ManualClock();

ledgerConformance('MemoryLedger', () => ({
  open: async (rules, reservationTtlMs) =>
    new MemoryLedger({
      clock,
      rulesOf: () => rules,
      ...(reservationTtlMs === undefined ? {} : { reservationTtlMs }),
    }),
  elapse: async (ms) => clock.advance(ms),
}));
