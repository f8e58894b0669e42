import type { AlertKind, ServiceName } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';
import { SELECTED, WRITE, storable, valuesOf, viewOf, type AlertRecord } from './alert-record.js';

/** A fact as it bears on one alert. */
export interface AlertFact {
  /** The fact's own id: taken once. */
  factId: string;
  key: string;
  at: string;
  /** It ends what earlier facts began. */
  ends: boolean;
}

/** Where the counting of a service's thresholds stands. */
export interface ThresholdCounts {
  collectedAt: string;
  counts: unknown;
}

/**
 * What may be read and changed of the alerts while nobody else in the fleet changes them. Changes are seen by later
 * reads at once, and written when the work is done: each alert once, with one piece of news.
 */
export class AlertTransaction {
  private readonly changed = new Map<string, { record: AlertRecord; critical: boolean }>();

  constructor(
    private readonly manager: EntityManager,
    private readonly nowMs: number,
  ) {}

  /** Remembers the facts; answers the ids of those that were not taken before. */
  async take(facts: readonly AlertFact[]): Promise<Set<string>> {
    const column = <T>(read: (fact: AlertFact) => T) => facts.map(read);
    const rows = await this.manager.query<{ factId: string }[]>(
      `WITH taken AS (
         INSERT INTO alert_facts (fact_id, key, at, ends)
         SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::boolean[])
         ON CONFLICT DO NOTHING RETURNING fact_id
       ) SELECT fact_id AS "factId" FROM taken`,
      [
        column(({ factId }) => factId),
        column(({ key }) => key),
        column(({ at }) => at),
        column(({ ends }) => ends),
      ],
    );
    return new Set(rows.map(({ factId }) => factId));
  }

  /**
   * Whether what the key is about was told to be over at `at` or later, by another fact than those `still` to be gone
   * through: a fact may come after its own end.
   */
  async endedSince(key: string, at: string, still: ReadonlySet<string>): Promise<boolean> {
    const [row] = await this.manager.query<{ ended: boolean }[]>(
      `SELECT EXISTS (SELECT FROM alert_facts
                      WHERE key = $1 AND ends AND at >= $2 AND fact_id <> ALL($3::text[])) AS ended`,
      [key, at, [...still]],
    );
    return row?.ended === true;
  }

  /** The standing alert of the key, else the one that was raised last. */
  async latest(key: string): Promise<AlertRecord | null> {
    const here = [...this.changed.values()].filter(({ record }) => record.key === key).at(-1);
    if (here !== undefined) return here.record;
    const [row] = await this.select(
      `WHERE key = $1 ORDER BY (state <> 'resolved') DESC, raised_at DESC LIMIT 1`,
      [key],
    );
    return row ?? null;
  }

  async byId(alertId: string): Promise<AlertRecord | null> {
    const [row] = await this.select('WHERE alert_id = $1', [alertId]);
    return row ?? null;
  }

  /** How many stand of a service (null: of none) and kind. */
  async standing(serviceName: ServiceName | null, kind: AlertKind): Promise<number> {
    const [row] = await this.manager.query<{ standing: number }[]>(
      `SELECT count(*) AS standing FROM alerts
       WHERE state <> 'resolved' AND kind = $1 AND service_name IS NOT DISTINCT FROM $2`,
      [kind, serviceName],
    );
    const begun = [...this.changed.values()].filter(
      ({ record }) =>
        record.kind === kind &&
        record.serviceName === serviceName &&
        record.state !== 'resolved' &&
        record.times === 1,
    );
    return (row?.standing ?? 0) + begun.length;
  }

  /** Those that are to escalate or to end by themselves by now, the longest overdue first; at most 200. */
  due(): Promise<AlertRecord[]> {
    return this.select(
      `WHERE (escalates_at <= $1) OR (state <> 'resolved' AND ends_at <= $1)
       ORDER BY LEAST(escalates_at, ends_at) LIMIT 200`,
      [iso(this.nowMs)],
    );
  }

  /** The open ones of a service, whose escalation a change of its rules moves. */
  open(serviceName: ServiceName): Promise<AlertRecord[]> {
    return this.select(`WHERE state = 'open' AND service_name = $1`, [serviceName]);
  }

  /** `critical`: whoever is told is told at once. */
  save(record: AlertRecord, { critical = false } = {}): void {
    const before = this.changed.get(record.alertId);
    this.changed.set(record.alertId, {
      record: storable(record),
      critical: critical || before?.critical === true,
    });
  }

  async counts(serviceName: ServiceName): Promise<ThresholdCounts | null> {
    const [row] = await this.manager.query<ThresholdCounts[]>(
      'SELECT collected_at AS "collectedAt", counts FROM threshold_counts WHERE service_name = $1',
      [serviceName],
    );
    return row ?? null;
  }

  async saveCounts(serviceName: ServiceName, { collectedAt, counts }: ThresholdCounts): Promise<void> {
    await this.manager.query(
      `INSERT INTO threshold_counts (service_name, collected_at, counts) VALUES ($1, $2, $3)
       ON CONFLICT (service_name) DO UPDATE SET collected_at = excluded.collected_at, counts = excluded.counts`,
      [serviceName, collectedAt, JSON.stringify(counts)],
    );
  }

  /** Writes what was saved, and what is to be told of it. Answers how many alerts that were. */
  async write(): Promise<number> {
    for (const { record, critical } of this.changed.values()) {
      const [written] = await this.manager.query<{ revision: number }[]>(WRITE, valuesOf(record));
      await this.manager.query(
        'INSERT INTO alert_news (alert_id, revision, at, critical, view) VALUES ($1, $2, $3, $4, $5)',
        [record.alertId, written!.revision, iso(this.nowMs), critical, JSON.stringify(viewOf(record))],
      );
    }
    return this.changed.size;
  }

  private async select(where: string, parameters: readonly unknown[]): Promise<AlertRecord[]> {
    const rows = await this.manager.query<AlertRecord[]>(`SELECT ${SELECTED} FROM alerts ${where}`, [
      ...parameters,
    ]);
    return rows.map((row) => this.changed.get(row.alertId)?.record ?? row);
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
