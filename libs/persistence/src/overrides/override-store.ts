import { toMicroUsd, type OverrideActivated, type OverrideEnded } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { storableJson } from '../history/history-table.js';

/** The record of emergency overrides. Idempotent: an event that comes twice is stored once. */
export class OverrideStore {
  constructor(private readonly database: Database) {}

  async recordActivated(events: readonly OverrideActivated[]): Promise<void> {
    const rows = events.map((event) => ({
      coordination_id: event.coordinationId,
      service_name: event.serviceName,
      emergency_reason: event.emergencyReason,
      business_justification: event.businessJustification,
      selected_provider: event.selectedProvider,
      activated_by: event.activatedBy,
      activated_at: event.occurredAt,
      expires_at: event.expiresAt,
      max_budget_micro_usd: toMicroUsd(event.maxBudgetOverride),
    }));
    await this.insert('overrides', rows);
  }

  /** May come before the beginning was recorded. */
  async recordEnded(events: readonly OverrideEnded[]): Promise<void> {
    const rows = events.map((event) => ({
      coordination_id: event.coordinationId,
      ended_at: event.occurredAt,
      end_reason: event.endReason,
      ended_by: event.endedBy,
      spent_micro_usd: toMicroUsd(event.spentUsd),
    }));
    await this.insert('override_ends', rows);
  }

  private async insert(table: 'overrides' | 'override_ends', rows: readonly object[]): Promise<void> {
    await this.database.query(
      `INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1::json) ON CONFLICT DO NOTHING`,
      [storableJson(rows)],
    );
  }
}
