export { ledgerConformance } from './conformance.js';
export { MemoryJournal } from './memory-journal.js';
export { aRuleSet, type RulesOverrides } from './rules.js';
export { type LedgerRig } from './trial.js';
