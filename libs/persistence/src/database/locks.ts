import type { EntityManager } from 'typeorm';

/**
 * Advisory locks, one number a purpose: the first key of PostgreSQL's two-key form. They make work that only
 * one replica may do at a time wait for its turn, and end with the transaction or the connection.
 */
export const LOCKS = {
  migrations: 7301,
  partitions: 7302,
  config: 7303,
  credentials: 7304,
  tallies: 7305,
  ledgerHours: 7306,
  alerts: 7308,
} as const;

/** Held until the transaction ends. `name` narrows it to one object. */
export async function lockInTransaction(
  manager: EntityManager,
  purpose: keyof typeof LOCKS,
  name = '',
): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCKS[purpose], name]);
}
