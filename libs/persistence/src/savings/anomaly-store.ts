import type { AnomalySeen, ServiceName } from '@signalbox/contracts';
import type { Range } from '../analytics/tally.js';
import type { Database } from '../database/database.js';

const MOST_LISTED = 200;
const MOST_UNTOLD = 500;

/** Anomalies that were seen. What was seen and what its finder then knew is stored in one transaction. */
export class AnomalyStore {
  constructor(private readonly database: Database) {}

  /** Stores what was seen, each once, together with the state of the finder under its model's name. */
  async record(seen: readonly AnomalySeen[], model: { name: string; state: unknown }): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO anomalies (anomaly_id, service_name, series, at, direction, value, expected, score, unit)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[],
                              $6::double precision[], $7::double precision[], $8::double precision[], $9::text[])
         ON CONFLICT DO NOTHING`,
        [
          seen.map(({ anomalyId }) => anomalyId),
          seen.map(({ serviceName }) => serviceName),
          seen.map(({ series }) => series),
          seen.map(({ at }) => at),
          seen.map(({ direction }) => direction),
          seen.map(({ value }) => value),
          seen.map(({ expected }) => expected),
          seen.map(({ score }) => score),
          seen.map(({ unit }) => unit),
        ],
      );
      await manager.query(
        `INSERT INTO models AS model (name, version, state) VALUES ($1, 1, $2)
         ON CONFLICT (name) DO UPDATE SET version = model.version + 1, state = excluded.state, saved_at = now()`,
        [model.name, JSON.stringify(model.state)],
      );
    });
  }

  /** Newest first, at most 200. */
  async list({ fromMs, toMs }: Range, services: readonly ServiceName[]): Promise<AnomalySeen[]> {
    return this.database.query<AnomalySeen>(
      `SELECT ${COLUMNS} FROM anomalies WHERE at >= $1 AND at < $2 AND service_name = ANY($3)
       ORDER BY at DESC, anomaly_id LIMIT ${MOST_LISTED}`,
      [new Date(fromMs).toISOString(), new Date(toMs).toISOString(), services],
    );
  }

  /** What is stored and not told yet, oldest first. */
  async untold(): Promise<AnomalySeen[]> {
    return this.database.query<AnomalySeen>(
      `SELECT ${COLUMNS} FROM anomalies WHERE told_at IS NULL ORDER BY at LIMIT ${MOST_UNTOLD}`,
    );
  }

  async told(anomalyIds: readonly string[], nowMs: number): Promise<void> {
    await this.database.query('UPDATE anomalies SET told_at = $2 WHERE anomaly_id = ANY($1)', [
      anomalyIds,
      new Date(nowMs).toISOString(),
    ]);
  }

  async purge(beforeMs: number): Promise<void> {
    await this.database.query('DELETE FROM anomalies WHERE at < $1', [new Date(beforeMs).toISOString()]);
  }
}

const COLUMNS = `anomaly_id AS "anomalyId", service_name AS "serviceName", series, at, direction, value, expected,
  score, unit`;
