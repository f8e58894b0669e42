import type { RecoveryAction, RecoveryChanged, ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { storableJson } from '../history/history-table.js';

/** How long a plan took, on average, to bring a service back. */
export interface MeanResolution {
  serviceName: ServiceName;
  action: RecoveryAction;
  meanMinutes: number;
}

/** The record of recoveries from start to end. Idempotent; of two changes the later stays, and an end for good. */
export class RecoveryStore {
  constructor(private readonly database: Database) {}

  async record(events: readonly RecoveryChanged[]): Promise<void> {
    const newest = new Map<string, RecoveryChanged>();
    for (const event of events) {
      const known = newest.get(event.activationId);
      if (known === undefined || isLater(event, known)) newest.set(event.activationId, event);
    }
    await this.database.query(
      `INSERT INTO recovery_activations AS known
       SELECT * FROM json_populate_recordset(NULL::recovery_activations, $1::json)
       ON CONFLICT (id) DO UPDATE SET
         step = excluded.step, changed_at = excluded.changed_at,
         ended_at = excluded.ended_at, end_reason = excluded.end_reason
       WHERE known.ended_at IS NULL AND (excluded.ended_at IS NOT NULL OR excluded.changed_at >= known.changed_at)`,
      [storableJson([...newest.values()].map(rowOf))],
    );
  }

  /** Of the recoveries that ended well, by service and plan. */
  meanResolutions(): Promise<MeanResolution[]> {
    return this.database.query<MeanResolution>(
      `SELECT service_name AS "serviceName", action,
              avg(extract(epoch FROM ended_at - started_at) / 60)::float8 AS "meanMinutes"
       FROM recovery_activations WHERE end_reason = 'recovered' GROUP BY service_name, action`,
    );
  }
}

function isLater(event: RecoveryChanged, known: RecoveryChanged): boolean {
  if (known.endedAt !== null) return false;
  return event.endedAt !== null || event.occurredAt >= known.occurredAt;
}

function rowOf(event: RecoveryChanged) {
  return {
    id: event.activationId,
    service_name: event.serviceName,
    action: event.action,
    focus: event.focus,
    trigger_event_id: event.triggerEventId,
    failed_node_ids: event.failedNodeIds,
    started_at: event.startedAt,
    step: event.step,
    changed_at: event.occurredAt,
    ended_at: event.endedAt,
    end_reason: event.endReason,
  };
}
