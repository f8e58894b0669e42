import type { ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';

/** What one process counted for one service within one span of time. */
export interface SpanTally<Tally> {
  spanStartMs: number;
  serviceName: ServiceName;
  tally: Tally;
}

export interface Undone {
  serviceName: ServiceName;
  /** Never attempted. */
  pending: number;
  retrying: number;
  dead: number;
  /** When the oldest that is neither dead nor retrying was received; null when there is none. */
  oldestPendingAt: string | null;
}

/** Counts of deliveries and events. Each process writes its own, whole: to write again changes nothing. */
export class WebhookTallies<Tally extends object> {
  constructor(private readonly database: Database) {}

  /** `writer` is one start of one process. */
  async write(writer: string, tallies: readonly SpanTally<Tally>[]): Promise<void> {
    if (tallies.length === 0) return;
    await this.database.query(
      `INSERT INTO webhook_tallies (span_start, service_name, writer, tally)
       SELECT span_start, service_name, $1, tally::jsonb
       FROM unnest($2::timestamptz[], $3::text[], $4::text[]) AS input(span_start, service_name, tally)
       ON CONFLICT (span_start, service_name, writer) DO UPDATE SET tally = excluded.tally`,
      [
        writer,
        tallies.map(({ spanStartMs }) => new Date(spanStartMs).toISOString()),
        tallies.map(({ serviceName }) => serviceName),
        tallies.map(({ tally }) => JSON.stringify(tally)),
      ],
    );
  }

  /** Spans that start at `fromMs` or later, of every process. */
  async read(fromMs: number): Promise<SpanTally<Tally>[]> {
    const rows = await this.database.query<{ span_start: string; service_name: ServiceName; tally: Tally }>(
      'SELECT span_start, service_name, tally FROM webhook_tallies WHERE span_start >= $1 ORDER BY span_start',
      [new Date(fromMs).toISOString()],
    );
    return rows.map((row) => ({
      spanStartMs: Date.parse(row.span_start),
      serviceName: row.service_name,
      tally: row.tally,
    }));
  }

  /** What is not done with right now, by service; a service with nothing is absent. */
  async undone(): Promise<Undone[]> {
    const rows = await this.database.query<UndoneRow>(
      `SELECT service_name,
         count(*) FILTER (WHERE dead_at IS NULL AND attempts = 0) AS pending,
         count(*) FILTER (WHERE dead_at IS NULL AND attempts > 0) AS retrying,
         count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
         min(received_at) FILTER (WHERE dead_at IS NULL AND attempts = 0 AND run = 1) AS oldest
       FROM webhook_work GROUP BY service_name`,
    );
    return rows.map(({ service_name: serviceName, oldest, ...counts }) => ({
      serviceName,
      ...counts,
      oldestPendingAt: oldest,
    }));
  }
}

interface UndoneRow {
  service_name: ServiceName;
  pending: number;
  retrying: number;
  dead: number;
  oldest: string | null;
}
