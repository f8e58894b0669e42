export * from './alerts.js';
export { admitBasisPoints, bandOf, drawOf, isThrottling, type Band } from './band.js';
export { compileRules, rulesProblems, type CompiledBudget, type CompiledRules } from './compiled-rules.js';
export { foldMovement } from './fold.js';
export * from './journal.js';
export { JournaledLedger, type JournaledLedgerOptions } from './journaled-ledger.js';
export * from './ledger.js';
export * from './ledger-bounds.js';
export { MemoryLedger, type MemoryLedgerOptions } from './memory/memory-ledger.js';
export { arrivalAfter, arrivalFromMinutes } from './pacing.js';
export {
  isTimeZone,
  periodAfter,
  periodAt,
  PERIOD_KINDS,
  type BudgetPeriod,
  type PeriodKind,
} from './period.js';
export { rebuildFrom, type Rebuilt, type RebuiltPeriod } from './rebuilt.js';
export {
  alertIdOf,
  alertMovement,
  movementOf,
  opened,
  openingKind,
  type Reservation,
} from './reservation.js';
export * from './rules.js';
export * from './snapshot.js';
export * from './standing.js';
export { verdictOf, type Finding } from './verdict.js';
