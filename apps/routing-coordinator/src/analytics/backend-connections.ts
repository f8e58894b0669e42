import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Page } from '@signalbox/contracts';
import { CONNECTION_IDLE_MS, ConnectionStore, type Connection } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '@signalbox/hosting';
import { AgentConnections, type AgentConnection } from '../error-events/agent-connections.js';
import { isCallersMistake } from './callers-mistake.js';

export interface ConnectionsPage extends Page<Connection> {
  /** `replica` while PostgreSQL is away: only what this replica heard of. */
  scope: 'fleet' | 'replica';
}

/** Longer than the recorder takes: what was heard of earlier is in history. */
const UNRECORDED_MS = 5_000;
const DEFAULT_LIMIT = 50;

/** The error streams, recovery strategies and monitoring sessions that are known, by kind, id and service. */
@Injectable()
export class BackendConnections {
  private readonly logger = new Logger(BackendConnections.name);

  constructor(
    private readonly connections: AgentConnections,
    private readonly store: ConnectionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(query: { limit?: number; cursor?: string }): Promise<ConnectionsPage> {
    const nowMs = this.clock.nowMs();
    const limit = query.limit ?? DEFAULT_LIMIT;
    try {
      const page = await this.store.list(query, nowMs);
      const recorded = new Set(page.items.map(keyOf));
      const fresh =
        query.cursor === undefined
          ? this.heardHere(nowMs).filter(
              (connection) =>
                nowMs - Date.parse(connection.lastSeen) < UNRECORDED_MS && !recorded.has(keyOf(connection)),
            )
          : [];
      return { items: sorted([...page.items, ...fresh]), nextCursor: page.nextCursor, scope: 'fleet' };
    } catch (error) {
      if (isCallersMistake(error)) throw error;
      this.logger.warn(`Connections are of this replica only: ${String(error)}`);
      return { items: sorted(this.heardHere(nowMs)).slice(0, limit), nextCursor: null, scope: 'replica' };
    }
  }

  get count(): number {
    return this.connections.count;
  }

  private heardHere(nowMs: number): Connection[] {
    return this.connections.all().map((connection) => connectionOf(connection, nowMs));
  }
}

function connectionOf(heard: AgentConnection, nowMs: number): Connection {
  return {
    kind: heard.kind,
    id: heard.id,
    serviceName: heard.serviceName,
    firstSeen: new Date(heard.firstSeenMs).toISOString(),
    lastSeen: new Date(heard.lastSeenMs).toISOString(),
    events: heard.events,
    state: nowMs - heard.lastSeenMs < CONNECTION_IDLE_MS ? 'active' : 'idle',
    lagMs: heard.lagMs,
  };
}

const keyOf = ({ kind, id, serviceName }: Connection): string => `${kind} ${id} ${serviceName}`;

function sorted(connections: Connection[]): Connection[] {
  return connections.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
