export { viewOf, type AlertRecord } from './alerts/alert-record.js';
export { AlertStore, type UntoldAlertNews } from './alerts/alert-store.js';
export type { AlertFact, AlertTransaction } from './alerts/alert-transaction.js';
export { AnalyticsStore } from './analytics/analytics-store.js';
export type { DecisionRecord, OutcomeRecord } from './analytics/decision-record.js';
export { AuditStore, type AuditedChange, type ChangedBy } from './audit/audit-store.js';
export { redact } from './audit/redact.js';
export type { Accepted, BatchItemRecord, LiveBatchItem, NewBatchItem } from './batching/batch-item.js';
export { BatchItemStore, type Claim, type QueueDepth } from './batching/batch-item-store.js';
export { BatchStatistics, type BatchSums, type WaitFigures } from './batching/batch-statistics.js';
export { BatchDeadLetterStore, type DeadLetterFilter } from './batching/dead-letter-store.js';
export {
  BatchSettlements,
  type BatchNews,
  type CallTally,
  type EndedItem,
  type ReleasedItem,
  type Settled,
  type Settling,
} from './batching/settle-batch.js';
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
export { DecisionStore, type FoundDecision } from './decisions/decision-store.js';
export { HistoryStore, type RefusedEvent, type WriteResult } from './history/history-store.js';
export { Partitions, type PartitionedTable } from './history/partitions.js';
export { BudgetAlertStore, type UntoldAlert } from './ledger/budget-alert-store.js';
export { LedgerHours, type SpendHour } from './ledger/ledger-hours.js';
export { LedgerJournal } from './ledger/ledger-journal.js';
export { ReservationPayers, type ReservedAttempt } from './ledger/reservation-payers.js';
export {
  PERFORMANCE_KEPT_MS,
  PerformanceStore,
  type PastCollection,
  type PerformanceCollection,
} from './metrics/performance-store.js';
export { ModelStore, type SavedModel } from './models/model-store.js';
export { OverrideStore } from './overrides/override-store.js';
export type { PageRequest } from './paging.js';
export { RecommendationStore, type FoundRecommendation } from './recommendations/recommendation-store.js';
export { RecoveryStore, type MeanResolution } from './recovery/recovery-store.js';
export { RevocationStore, type RecordedRevocation } from './revocations/revocation-store.js';
export { serviceNamedBy } from './service-named-by.js';
export { AnomalyStore } from './savings/anomaly-store.js';
export { CostTallies, type CostTally } from './savings/cost-tallies.js';
export { MinuteSeries, type ServiceMinute } from './savings/minute-series.js';
export { RecordedTraffic, type ArrivalOnRecord } from './savings/recorded-traffic.js';
export { RefusalTallies, type RefusalTally } from './savings/refusal-tallies.js';
export { AirtableFeeds, type ClaimedFeed, type FeedKey } from './webhooks/airtable-feeds.js';
export { WebhookEvents } from './webhooks/webhook-events.js';
export { expireWebhooks } from './webhooks/webhook-expiry.js';
export type { WebhookFilter } from './webhooks/webhook-filter.js';
export { WebhookOutbox } from './webhooks/webhook-outbox.js';
export {
  receivedAtOf,
  receivedFactId,
  webhookEventId,
  WebhookReceipts,
  type NewWebhookEvent,
} from './webhooks/webhook-receipts.js';
export { WebhookReplays, type ReplayManyOptions } from './webhooks/webhook-replays.js';
export { WebhookSecrets, type RevealedSecret } from './webhooks/webhook-secrets.js';
export { WebhookTallies, type SpanTally, type Undone } from './webhooks/webhook-tallies.js';
export { WebhookWork, type ClaimedEvent, type FactToTell, type WorkResult } from './webhooks/webhook-work.js';
