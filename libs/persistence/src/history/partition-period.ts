/** How long a partition lasts. Both start at midnight UTC. */
export type PartitionPeriod = 'day' | 'month';

/** Start of the period that holds the instant, epoch ms. */
export function periodStart(period: PartitionPeriod, atMs: number): number {
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), period === 'day' ? at.getUTCDate() : 1);
}

/** Start of the period after the one that starts here. */
export function periodEnd(period: PartitionPeriod, startMs: number): number {
  const start = new Date(startMs);
  return period === 'day' ? startMs + DAY_MS : Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1);
}

/** `decisions_p20260115`, `audit_entries_p202601`. */
export function partitionName(table: string, period: PartitionPeriod, startMs: number): string {
  const digits = new Date(startMs).toISOString().slice(0, period === 'day' ? 10 : 7);
  return `${table}_p${digits.replaceAll('-', '')}`;
}

/** The start that a partition's name tells; null for a table that is not named like a partition. */
export function startOfPartition(name: string): number | null {
  const [, year, month, day] = /_p(\d{4})(\d{2})(\d{2})?$/.exec(name) ?? [];
  return year === undefined ? null : Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1));
}

export const DAY_MS = 86_400_000;
