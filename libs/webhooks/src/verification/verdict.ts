/**
 * Why a delivery was refused: a closed set, for the audit and the counters. None of them is told to the sender,
 * who learns that it was refused and no more.
 */
export const REFUSAL_REASONS = [
  /** No active secret, or none that the scheme can use. */
  'no_secret',
  /** The scheme signs the public URL, and the source has none configured. */
  'no_public_url',
  'missing_signature',
  'malformed_signature',
  /** More signatures in one header than any rotation needs. */
  'too_many_signatures',
  'missing_timestamp',
  'malformed_timestamp',
  'timestamp_out_of_range',
  'missing_message_id',
  'malformed_message_id',
  'malformed_body_digest',
  'body_digest_mismatch',
  /** A form that the scheme signs field by field does not take apart cleanly. */
  'malformed_body',
  'not_utf8',
  'signature_mismatch',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface Verified {
  readonly kind: 'verified';
  /** The secret that matched: shows when a rotated one is no longer in use. */
  readonly secretId: string;
  /** When the provider signed it, where the scheme signs a time. Epoch ms. */
  readonly signedAtMs: number | null;
}

export interface Refused {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
}

export type Verdict = Verified | Refused;

export function refused(reason: RefusalReason): Refused {
  return { kind: 'refused', reason };
}

export function verified(secretId: string, signedAtMs: number | null): Verified {
  return { kind: 'verified', secretId, signedAtMs };
}
