export { AnalyticsStore } from './analytics/analytics-store.js';
export type { DecisionRecord, OutcomeRecord } from './analytics/decision-record.js';
export { AuditStore, type AuditedChange, type ChangedBy } from './audit/audit-store.js';
export { redact } from './audit/redact.js';
export { CatalogStore, serviceObject } from './config/catalog-store.js';
export { ConfigStore, type ConfigChange, type LiveConfig } from './config/config-store.js';
export {
  CONNECTION_IDLE_MS,
  ConnectionStore,
  type Connection,
  type ConnectionKind,
} from './connections/connection-store.js';
export {
  CredentialStore,
  type CredentialState,
  type CredentialStatus,
  type RevealedCredential,
} from './credentials/credential-store.js';
export { Keyring } from './credentials/keyring.js';
export { Database, type DatabaseOptions, type DatabaseState } from './database/database.js';
export { HistoryStore, type RefusedEvent, type WriteResult } from './history/history-store.js';
export { Partitions, type PartitionedTable } from './history/partitions.js';
export { BudgetAlertStore } from './ledger/budget-alert-store.js';
export { LedgerHours, type SpendHour } from './ledger/ledger-hours.js';
export { LedgerJournal } from './ledger/ledger-journal.js';
export { ReservationPayers, type ReservedAttempt } from './ledger/reservation-payers.js';
export { ModelStore, type SavedModel } from './models/model-store.js';
export { OverrideStore } from './overrides/override-store.js';
export type { PageRequest } from './paging.js';
export { RecoveryStore, type MeanResolution } from './recovery/recovery-store.js';
