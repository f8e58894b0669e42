const DAY_MS = 86_400_000;

/** From its creation or its last refresh. */
export const WEBHOOK_LIFETIME_MS = 7 * DAY_MS;

/** Half of its life is left for Airtable, or us, to be down: a webhook that expired loses what changes meanwhile. */
const RENEW_AFTER_MS = WEBHOOK_LIFETIME_MS / 2;

/** When to refresh a webhook that expires then. Epoch ms. */
export function renewalDueAtMs(expiresAtMs: number): number {
  return expiresAtMs - (WEBHOOK_LIFETIME_MS - RENEW_AFTER_MS);
}
