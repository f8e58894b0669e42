import { admissionSuite } from './admission-suite.js';
import { exceptionSuite } from './exception-suite.js';
import { settlementSuite } from './settlement-suite.js';
import { Trial, type LedgerRig } from './trial.js';

/** What every ledger must keep. */
export function ledgerConformance(name: string, rig: () => LedgerRig): void {
  const trial = new Trial(rig);
  admissionSuite(name, trial);
  settlementSuite(name, trial);
  exceptionSuite(name, trial);
}
