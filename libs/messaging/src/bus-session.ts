import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** One connected period, its streams in place. `ended` is aborted when the connection is lost. */
export interface BusSession {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly ended: AbortSignal;
}

/** What consumers, watches and buckets need of the bus. */
export interface Sessions {
  /** Calls for the present session, if there is one, and for each to come. Returns what stops it. */
  onSession(listener: (session: BusSession) => void): () => void;
  /** The present session; DEPENDENCY_UNAVAILABLE when there is none. */
  requireSession(): BusSession;
}
