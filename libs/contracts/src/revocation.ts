import Type, { type Static } from 'typebox';
import { PageQuery, Timestamp } from './schema-parts.js';
import { contract } from './validate.js';

/** As identity providers and people write: any character that PostgreSQL can store. */
const AnyText = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000]+$' });

/**
 * POST /admin/token-revocations: from now on one token (`tokenId`, its claim `jti`) or every token of a subject issued until
 * now is refused by every app, and its live connections end with `token_revoked`.
 */
export const RevokeTokensSchema = Type.Object(
  {
    /** Exactly one of the two. */
    tokenId: Type.Optional(AnyText(256)),
    subject: Type.Optional(AnyText(256)),
    reason: AnyText(500),
    /** Until when it matters: the token's own expiry. 30 days when absent, which is also the most. */
    expiresAt: Type.Optional(Timestamp),
  },
  { additionalProperties: false },
);
export type RevokeTokens = Static<typeof RevokeTokensSchema>;
export const revokeTokens = contract(RevokeTokensSchema);

export const RevocationsQuerySchema = Type.Object(PageQuery, { additionalProperties: false });
export type RevocationsQuery = Static<typeof RevocationsQuerySchema>;
export const revocationsQuery = contract(RevocationsQuerySchema);

/** GET /admin/token-revocations, newest first. */
export interface TokenRevocation {
  revocationId: string;
  tokenId: string | null;
  subject: string | null;
  reason: string;
  revokedBy: string;
  revokedAt: string;
  /** Forgotten after this. */
  expiresAt: string;
}
