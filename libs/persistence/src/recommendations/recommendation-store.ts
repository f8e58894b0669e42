import type {
  RealisedSaving,
  Recommendation,
  RecommendationKind,
  RecommendationState,
  ServiceName,
} from '@signalbox/contracts';
import { SignalboxError } from '@signalbox/contracts';
import type { Database } from '../database/database.js';

/** The part of a recommendation that a run finds; the rest is what became of it. */
export type FoundRecommendation = Omit<
  Recommendation,
  'id' | 'state' | 'stateReason' | 'createdAt' | 'updatedAt' | 'applied' | 'rolledBack' | 'realised'
> & {
  /** Equal for the same advice found by different runs. */
  fingerprint: string;
  rankMicroUsdPerDay: number;
};

export interface RecommendationFilter {
  services: readonly ServiceName[];
  state?: RecommendationState;
  limit: number;
}

/** Recommendations and what became of them. Each changes its state by one statement, so that of two who try one wins. */
export class RecommendationStore {
  constructor(private readonly database: Database) {}

  /**
   * Takes over what a run found for a service and kinds: the same advice as before is renewed, the rest of what was
   * open is dismissed, since it saves no more. Answers those found, in their order.
   */
  async renew(
    serviceName: ServiceName,
    kinds: readonly RecommendationKind[],
    found: readonly FoundRecommendation[],
    newId: () => string,
    nowMs: number,
  ): Promise<Recommendation[]> {
    const now = iso(nowMs);
    return this.database.transaction(async (manager) => {
      await manager.query(
        `UPDATE recommendations SET state = 'dismissed', updated_at = $1,
                state_reason = 'a later run found that it saves no more'
         WHERE service_name = $2 AND kind = ANY($3) AND state = 'open' AND NOT fingerprint = ANY($4)`,
        [now, serviceName, kinds, found.map(({ fingerprint }) => fingerprint)],
      );
      const renewed: Recommendation[] = [];
      for (const { fingerprint, rankMicroUsdPerDay, ...body } of found) {
        const [row] = await manager.query<Row[]>(
          `INSERT INTO recommendations AS known
             (id, service_name, kind, fingerprint, state, rank_micro_usd_per_day, body, created_at, updated_at)
           VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $7)
           ON CONFLICT (service_name, fingerprint) WHERE state = 'open'
             DO UPDATE SET body = excluded.body, rank_micro_usd_per_day = excluded.rank_micro_usd_per_day,
                           updated_at = excluded.updated_at
           RETURNING ${COLUMNS}`,
          [
            newId(),
            serviceName,
            body.kind,
            fingerprint,
            Math.round(rankMicroUsdPerDay),
            JSON.stringify(body),
            now,
          ],
        );
        renewed.push(recommendationOf(row!));
      }
      return renewed;
    });
  }

  /** Ranked by what they save a day; those that wait for somebody first. */
  async list({ services, state, limit }: RecommendationFilter): Promise<Recommendation[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM recommendations WHERE service_name = ANY($1) AND ($2::text IS NULL OR state = $2)
       ORDER BY array_position(ARRAY['open', 'applied', 'rolled_back', 'dismissed'], state),
                rank_micro_usd_per_day DESC, updated_at DESC, id LIMIT $3`,
      [services, state ?? null, limit],
    );
    return rows.map(recommendationOf);
  }

  /** Rejects with NOT_FOUND. */
  async get(id: string): Promise<Recommendation> {
    const [row] = await this.database.query<Row>(`SELECT ${COLUMNS} FROM recommendations WHERE id = $1`, [
      id,
    ]);
    if (row === undefined)
      throw new SignalboxError('NOT_FOUND', `There is no recommendation ${id.slice(0, 64)}`);
    return recommendationOf(row);
  }

  /** Claims an open recommendation for being applied. Rejects with CONFLICT when it is not open any more. */
  async beginApply(id: string, by: string, nowMs: number): Promise<Recommendation> {
    const [row] = await this.changed(
      `UPDATE recommendations SET state = 'applied', applied_at = $2, applied_by = $3, updated_at = $2
       WHERE id = $1 AND state = 'open' RETURNING ${COLUMNS}`,
      [id, iso(nowMs), by],
    );
    return row === undefined ? this.refuse(id, 'open') : recommendationOf(row);
  }

  /** It is live as this version. */
  async applied(id: string, version: number): Promise<Recommendation> {
    const [row] = await this.changed(
      `UPDATE recommendations SET applied_version = $2 WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, version],
    );
    return recommendationOf(row!);
  }

  /** It could not be applied after all. */
  async reopen(id: string): Promise<void> {
    await this.database.query(
      `UPDATE recommendations SET state = 'open', applied_at = NULL, applied_by = NULL, applied_version = NULL
       WHERE id = $1 AND state = 'applied' AND applied_version IS NULL
         AND NOT EXISTS (SELECT FROM recommendations other, recommendations mine
                         WHERE mine.id = $1 AND other.state = 'open' AND other.service_name = mine.service_name
                           AND other.fingerprint = mine.fingerprint)`,
      [id],
    );
  }

  /** Claims an applied recommendation for being rolled back. Rejects with CONFLICT. */
  async beginRollback(id: string, by: string, nowMs: number): Promise<Recommendation> {
    const [row] = await this.changed(
      `UPDATE recommendations SET state = 'rolled_back', rolled_back_at = $2, rolled_back_by = $3, updated_at = $2
       WHERE id = $1 AND state = 'applied' AND applied_version IS NOT NULL RETURNING ${COLUMNS}`,
      [id, iso(nowMs), by],
    );
    return row === undefined ? this.refuse(id, 'applied') : recommendationOf(row);
  }

  async rolledBack(id: string, version: number): Promise<Recommendation> {
    const [row] = await this.changed(
      `UPDATE recommendations SET rolled_back_version = $2 WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, version],
    );
    return recommendationOf(row!);
  }

  /** It could not be rolled back after all. */
  async stillApplied(id: string): Promise<void> {
    await this.database.query(
      `UPDATE recommendations SET state = 'applied', rolled_back_at = NULL, rolled_back_by = NULL
       WHERE id = $1 AND state = 'rolled_back' AND rolled_back_version IS NULL`,
      [id],
    );
  }

  /** Rejects with CONFLICT unless it is open. */
  async dismiss(id: string, reason: string, nowMs: number): Promise<Recommendation> {
    const [row] = await this.changed(
      `UPDATE recommendations SET state = 'dismissed', state_reason = $2, updated_at = $3
       WHERE id = $1 AND state = 'open' RETURNING ${COLUMNS}`,
      [id, reason, iso(nowMs)],
    );
    return row === undefined ? this.refuse(id, 'open') : recommendationOf(row);
  }

  /** What is applied since `sinceMs`, newest first: what of it has been saved is still to be told. */
  async inForce(sinceMs: number, services: readonly ServiceName[]): Promise<Recommendation[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM recommendations
       WHERE state = 'applied' AND applied_version IS NOT NULL AND applied_at >= $1 AND service_name = ANY($2)
       ORDER BY applied_at DESC LIMIT 100`,
      [iso(sinceMs), services],
    );
    return rows.map(recommendationOf);
  }

  /** Begun and never finished by a process that is gone: claimed before `beforeMs`, without a version since. */
  async unfinished(beforeMs: number): Promise<Recommendation[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM recommendations
       WHERE state = 'applied' AND applied_version IS NULL AND applied_at < $1
          OR state = 'rolled_back' AND rolled_back_version IS NULL AND rolled_back_at < $1 LIMIT 100`,
      [iso(beforeMs)],
    );
    return rows.map(recommendationOf);
  }

  async measured(id: string, realised: RealisedSaving): Promise<void> {
    await this.database.query('UPDATE recommendations SET realised = $2 WHERE id = $1', [
      id,
      JSON.stringify(realised),
    ]);
  }

  /** What was dismissed or rolled back before. */
  async purge(beforeMs: number): Promise<void> {
    await this.database.query(
      `DELETE FROM recommendations WHERE state IN ('dismissed', 'rolled_back') AND updated_at < $1`,
      [iso(beforeMs)],
    );
  }

  private async changed(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    // TypeORM answers an UPDATE with its rows and their count.
    const [rows] = await this.database.query<Row[]>(sql, parameters);
    return rows ?? [];
  }

  private async refuse(id: string, wanted: RecommendationState): Promise<never> {
    const { state } = await this.get(id);
    throw new SignalboxError('CONFLICT', `Recommendation ${id} is ${state}, not ${wanted}`, { state });
  }
}

interface Row {
  id: string;
  state: RecommendationState;
  stateReason: string | null;
  body: Omit<FoundRecommendation, 'fingerprint' | 'rankMicroUsdPerDay'>;
  realised: RealisedSaving | null;
  appliedAt: string | null;
  appliedBy: string | null;
  appliedVersion: number | null;
  rolledBackAt: string | null;
  rolledBackBy: string | null;
  rolledBackVersion: number | null;
  createdAt: string;
  updatedAt: string;
}

const COLUMNS = `id, state, state_reason AS "stateReason", body, realised, applied_at AS "appliedAt",
  applied_by AS "appliedBy", applied_version AS "appliedVersion", rolled_back_at AS "rolledBackAt",
  rolled_back_by AS "rolledBackBy", rolled_back_version AS "rolledBackVersion", created_at AS "createdAt",
  updated_at AS "updatedAt"`;

function recommendationOf(row: Row): Recommendation {
  const { id, state, stateReason, createdAt, updatedAt, body, realised } = row;
  return {
    ...body,
    ...{ id, state, stateReason, createdAt, updatedAt, realised },
    applied: done(row.appliedAt, row.appliedBy, row.appliedVersion),
    rolledBack: done(row.rolledBackAt, row.rolledBackBy, row.rolledBackVersion),
  };
}

function done(at: string | null, by: string | null, version: number | null): Recommendation['applied'] {
  return at === null || by === null ? null : { at, by, version };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
