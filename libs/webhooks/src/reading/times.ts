/** Providers' times as ISO 8601; null for what is no time. */

/** The last second of year 9999: beyond it no ISO text has four digits. */
const LAST_SECOND = 253_402_300_799;

export function isoOfSeconds(seconds: unknown): string | null {
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= LAST_SECOND)) return null;
  return new Date(seconds * 1_000).toISOString();
}

export function isoOfText(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > 64) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : isoOfSeconds(ms / 1_000);
}

/** Epoch ms of an ISO text, as a sequence; null without one. */
export function msOfIso(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}
