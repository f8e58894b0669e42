import type { ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { iso } from './movement-rows.js';

/** An attempt at a call, and the reservation that was made for it beforehand. */
export interface ReservedAttempt {
  serviceName: ServiceName;
  reservationId: string;
  coordinationId: string;
}

/**
 * Which attempt a reservation pays for, when a caller made several on one: the first that was heard of, for good. The
 * others are paid for under their own ids.
 */
export class ReservationPayers {
  constructor(private readonly database: Database) {}

  /** For each attempt, whether the reservation is its own. */
  async claim(attempts: readonly ReservedAttempt[], nowMs: number): Promise<boolean[]> {
    if (attempts.length === 0) return [];
    const parameters = [
      attempts.map(({ serviceName }) => serviceName),
      attempts.map(({ reservationId }) => reservationId),
      attempts.map(({ coordinationId }) => coordinationId),
    ];
    await this.database.query(
      `INSERT INTO reservation_payers (service_name, reservation_id, coordination_id, seen_at)
       SELECT service_name, reservation_id, coordination_id, $4::timestamptz
       FROM unnest($1::text[], $2::text[], $3::text[])
         WITH ORDINALITY AS given(service_name, reservation_id, coordination_id, place)
       ORDER BY service_name, reservation_id, place
       ON CONFLICT DO NOTHING`,
      [...parameters, iso(nowMs)],
    );
    const rows = await this.database.query<{ pays: boolean }>(
      `SELECT payer.coordination_id = given.coordination_id AS pays
       FROM unnest($1::text[], $2::text[], $3::text[])
         WITH ORDINALITY AS given(service_name, reservation_id, coordination_id, place)
       JOIN reservation_payers payer USING (service_name, reservation_id)
       ORDER BY place`,
      parameters,
    );
    return rows.map(({ pays }) => pays);
  }
}
