/** A provider that asks for more than this is taken at this: an hour's error in a header must not stall a day. */
const LONGEST_MS = 3_600_000;

/** RFC 9110 §10.2.3: seconds or an HTTP date, to ms from `nowMs`; null when absent or unreadable. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined || header.trim() === '') return null;
  const text = header.trim();
  // Some providers answer fractions of a second, against the letter of the RFC.
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(LONGEST_MS, Math.max(0, Math.ceil(waitMs)));
}
