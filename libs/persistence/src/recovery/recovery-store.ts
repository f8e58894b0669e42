import type { RecoveryAction, ServiceName } from '@signalbox/contracts';
import type { RecoveryActivation } from '@signalbox/routing';
import { IsNull } from 'typeorm';
import type { Database } from '../database/database.js';
import { RecoveryActivationEntity } from './recovery-activation.entity.js';

/** Recoveries from start to end, and how long those that ended well took. */
export class RecoveryStore {
  constructor(private readonly database: Database) {}

  /**
   * False when the service already runs this plan: of several replicas that start one upon the same event,
   * one does.
   */
  async start(activation: RecoveryActivation, triggerEventId: string | null): Promise<boolean> {
    const { plan } = activation;
    const rows = await this.database.query<{ id: string }>(
      `INSERT INTO recovery_activations
         (id, service_name, action, focus, trigger_event_id, activation, started_at, ended_at, end_reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT DO NOTHING RETURNING id`,
      [
        activation.activationId,
        plan.serviceName,
        plan.action,
        activation.focus,
        triggerEventId,
        JSON.stringify(activation),
        new Date(activation.startedAtMs).toISOString(),
        ...endOf(activation),
      ],
    );
    return rows.length === 1;
  }

  /** Records a step or the end. False when it has ended already, or never started: what ended stays as it was. */
  async save(activation: RecoveryActivation): Promise<boolean> {
    const rows = await this.database.query<{ id: string }>(
      `WITH saved AS (
         UPDATE recovery_activations SET activation = $2, ended_at = $3, end_reason = $4
         WHERE id = $1 AND ended_at IS NULL RETURNING id
       ) SELECT id FROM saved`,
      [activation.activationId, JSON.stringify(activation), ...endOf(activation)],
    );
    return rows.length === 1;
  }

  /** Those that have not ended, oldest first: what a replica takes up again after a restart. */
  async running(): Promise<RecoveryActivation[]> {
    const rows = await this.database.run((manager) =>
      manager.find(RecoveryActivationEntity, { where: { endedAt: IsNull() }, order: { startedAt: 'ASC' } }),
    );
    return rows.map((row) => row.activation);
  }

  /** Minutes, the mean of the plan's recoveries of this service that ended well; null before the first. */
  async meanResolutionMinutes(action: RecoveryAction, serviceName: ServiceName): Promise<number | null> {
    const [row] = await this.database.query<{ minutes: number | null }>(
      `SELECT avg(extract(epoch FROM ended_at - started_at) / 60)::float8 AS minutes FROM recovery_activations
       WHERE service_name = $1 AND action = $2 AND end_reason = 'recovered'`,
      [serviceName, action],
    );
    return row?.minutes ?? null;
  }
}

function endOf({ state }: RecoveryActivation): [string | null, string | null] {
  return state.kind === 'ended' ? [new Date(state.endedAtMs).toISOString(), state.reason] : [null, null];
}
