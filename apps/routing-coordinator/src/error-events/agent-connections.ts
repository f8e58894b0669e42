import { Inject, Injectable } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '@signalbox/hosting';

export type ConnectionKind = 'error_stream' | 'recovery_strategy' | 'monitoring_session';

/** One error stream, recovery strategy or monitoring session that callers named. Times are epoch ms. */
export interface AgentConnection {
  kind: ConnectionKind;
  id: string;
  serviceName: ServiceName;
  firstSeenMs: number;
  lastSeenMs: number;
  /** Error events it brought; naming it in a decision is not an event. */
  events: number;
  /** Ms from an event's `occurredAt` to its handling here, of the latest event; null before one. */
  lagMs: number | null;
  lastCoordinationId: string | null;
}

/** Enough for every stream of a large fleet; the one not seen for longest leaves first. History is in PostgreSQL. */
const MAX_CONNECTIONS = 10_000;

/** The connections that this replica heard of lately. */
@Injectable()
export class AgentConnections {
  private readonly byKey = new Map<string, AgentConnection>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** A decision named it. */
  seen(kind: ConnectionKind, id: string, serviceName: ServiceName, coordinationId: string | null): void {
    this.touch(kind, id, serviceName).lastCoordinationId = coordinationId;
  }

  /** An error event came by it. */
  reported(kind: ConnectionKind, id: string, serviceName: ServiceName, lagMs: number): void {
    const connection = this.touch(kind, id, serviceName);
    connection.events += 1;
    connection.lagMs = lagMs;
  }

  /** True when the error stream has brought an event to this replica. */
  hasReported(streamId: string): boolean {
    return (this.byKey.get(`error_stream:${streamId}`)?.events ?? 0) > 0;
  }

  all(): AgentConnection[] {
    return [...this.byKey.values()];
  }

  get count(): number {
    return this.byKey.size;
  }

  /** Moves to the end, so that the first of the map is always the one not seen for longest. */
  private touch(kind: ConnectionKind, id: string, serviceName: ServiceName): AgentConnection {
    const key = `${kind}:${id}`;
    const nowMs = this.clock.nowMs();
    const known = this.byKey.get(key);
    const connection = known ?? {
      kind,
      id,
      serviceName,
      firstSeenMs: nowMs,
      lastSeenMs: nowMs,
      events: 0,
      lagMs: null,
      lastCoordinationId: null,
    };
    connection.lastSeenMs = nowMs;
    this.byKey.delete(key);
    this.byKey.set(key, connection);
    if (this.byKey.size > MAX_CONNECTIONS) this.byKey.delete(this.byKey.keys().next().value ?? key);
    return connection;
  }
}
