export * from './alerts.js';
export * from './journal.js';
export * from './ledger.js';
export * from './period.js';
export * from './rules.js';
