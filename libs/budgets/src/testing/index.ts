export { ledgerConformance, type LedgerRig } from './conformance.js';
export { MemoryJournal } from './memory-journal.js';
export { aRuleSet, type RulesOverrides } from './rules.js';
