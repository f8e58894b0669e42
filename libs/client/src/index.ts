export { SignalboxError, type ErrorEvent, type OutcomeReport, type ServiceName } from '@signalbox/contracts';
export type { DecisionAnswer, DecisionRequest, ErrorCode, OutcomeKind } from '@signalbox/contracts';
export type { BatchItemState, BatchOperation, BatchRequestView } from '@signalbox/contracts';
export { BatchHandle, type BatchOptions } from './batch.js';
export { classify, type Classification, type Classify, type Settled } from './classify.js';
export { createClient, type SignalboxClient } from './client.js';
export type { CallNode, FallbackNode, OrderSource } from './node-order.js';
export type {
  Attempt,
  AttemptRecord,
  CallOptions,
  ClientOptions,
  HttpClientOptions,
  NatsClientOptions,
} from './options.js';
export type { ReportCounts } from './report-queue.js';
export { RetryBudget } from './retry-budget.js';
