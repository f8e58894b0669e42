export { MessageBus } from './message-bus.js';
export type { BusState, MessageBusOptions, PostOptions, PublishOptions, ScopeOf } from './message-bus.js';
export type { BusSession } from './bus-session.js';
export type { CoreMessage } from './core-messages.js';
export { KeyValueBucket } from './key-value-bucket.js';
export type { BucketOptions, CasResult } from './key-value-bucket.js';
export type { BucketEntry, BucketWatch, WatchListener } from './bucket-watch.js';
export type { MessagingLogger } from './logger.js';
export type { OutboxCounts } from './outbox.js';
export type { OutboxBounds } from './outbox-queue.js';
export { DEAD_LETTER_STREAM, DUPLICATE_WINDOW_MS, streamOf } from './streams.js';
export type { StreamBounds, StreamBoundsOverrides, StreamKey } from './streams.js';
export { JetStreamTransport } from './transport/jetstream-transport.js';
export type { JetStreamTransportOptions } from './transport/jetstream-transport.js';
export { OnFact, OnFactBatch, Replies } from './transport/decorators.js';
export type {
  OnFactBatchOptions,
  OnFactOptions,
  RepliesOptions,
  RequestContract,
} from './transport/decorators.js';
export type { FactContext } from './transport/fact-context.js';
export type { RunWithCorrelation } from './transport/consumer-deps.js';
