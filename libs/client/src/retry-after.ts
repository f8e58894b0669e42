/** The most a node may ask for: a typo in a header must not take a node out for a week (as the report's schema). */
const LONGEST_SECONDS = 86_400;

/**
 * Seconds that a `Retry-After` header asks for: a number of seconds or an HTTP date (RFC 9110, 10.2.3).
 * Undefined when the header is absent or is neither.
 */
export function retryAfterSeconds(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  const asked = Number.isNaN(seconds) ? (Date.parse(header) - nowMs) / 1000 : seconds;
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(asked, 0), LONGEST_SECONDS);
}
