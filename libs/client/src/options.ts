import type { NodeConnectionOptions } from '@nats-io/transport-node';
import type { DecisionRequest, OutcomeKind, ServiceName } from '@signalbox/contracts';
import type { Classify } from './classify.js';
import type { Token } from './http-transport.js';
import type { CallNode, FallbackNode, OrderSource } from './node-order.js';

interface CommonOptions {
  /** Longest wait for one answer of Signalbox, ms. 500 by default: a decision takes about one. */
  timeoutMs?: number;
  /**
   * Nodes to use, best first, when Signalbox was never reached since this process started. Without them such a
   * call fails with DEPENDENCY_UNAVAILABLE.
   */
  fallbackNodes?: Partial<Record<ServiceName, readonly FallbackNode[]>>;
  /** Most reports that wait while Signalbox is away; beyond it the oldest are dropped. 10,000 by default. */
  reportBufferSize?: number;
  /** Told of every attempt of `call`, for the caller's own metrics. */
  onAttempt?: (attempt: AttemptRecord) => void;
  /** Told of what nobody awaits: a report that Signalbox refused or that was dropped. */
  onError?: (error: Error) => void;
}

export interface HttpClientOptions extends CommonOptions {
  transport?: 'http';
  /** Where Signalbox listens: `http://localhost:3000`. */
  url: string;
  /** A `service` token; a function is asked at each request, for tokens that expire. */
  token: Token;
}

export interface NatsClientOptions extends CommonOptions {
  transport: 'nats';
  /** Servers and credentials, as `connect` of `@nats-io/transport-node` takes them. */
  nats: NodeConnectionOptions;
}

export type ClientOptions = HttpClientOptions | NatsClientOptions;

/** What the caller's function gets for one attempt. */
export interface Attempt {
  node: CallNode;
  /** The node's address, the same as `node.baseUrl`. */
  baseUrl: string;
  /** 1 for the first. */
  attempt: number;
  /** Aborts when the attempt's time is up or the caller's own signal does. Hand it to the HTTP client. */
  signal: AbortSignal;
  /** The key of the call, the same for each attempt; undefined when the call has none. */
  idempotencyKey: string | undefined;
  coordinationId: string;
}

/** One attempt, ended. */
export interface AttemptRecord {
  serviceName: ServiceName;
  nodeId: string;
  coordinationId: string;
  attempt: number;
  outcome: OutcomeKind;
  latencyMs: number;
  /** Who chose the node. */
  chosenBy: OrderSource;
}

/** What the decision is asked for, and what may be done when an attempt fails. */
export interface CallOptions<T> extends Omit<DecisionRequest, 'serviceName' | 'operation'> {
  /** What the call is for, as analytics group it. `call` by default. */
  operation?: string;
  /** True when doing it twice is the same as doing it once (reads); allows falling back. */
  idempotent?: boolean;
  /**
   * Sent with every attempt and allows falling back. It must be honoured across the service's nodes: a key
   * that each node keeps to itself does not stop a payment from being taken twice.
   */
  idempotencyKey?: string;
  /** Longest time of one attempt, ms. 30,000 by default: well inside the 60 s in-flight lease of a decision. */
  attemptTimeoutMs?: number;
  /** Most attempts, the first included. 3 by default. */
  maxAttempts?: number;
  /** Ends the call: aborts the attempt under way and begins no other. */
  signal?: AbortSignal;
  /** Judges how an attempt ended instead of the client's own `classify`. */
  classify?: Classify;
  /** What the attempt cost, dollars, where the answer tells; the node's listed price otherwise. */
  actualCostUsd?: (value: T) => number | undefined;
}
