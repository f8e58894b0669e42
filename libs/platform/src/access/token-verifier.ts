import { hash } from 'node:crypto';
import { ROLES, SignalboxError, type Role } from '@signalbox/contracts';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from './caller.js';
import { RevokedTokens, type RevocableToken } from './revoked-tokens.js';
import type { TokenKeys } from './token-keys.js';

/** Clocks of issuer and server may differ by this much, seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** Verified tokens remembered: a few MiB; one entry a live token. */
const REMEMBERED_TOKENS = 10_000;
/** A key withdrawn at the provider stops working within this time. */
const REMEMBER_MS = 5 * 60_000;
/** Far above any honest token; the header block itself is bounded at 16 KiB. */
const MAX_TOKEN_LENGTH = 8_192;
const MAX_SUBJECT_LENGTH = 256;
const MAX_SERVICES = 64;

/** A caller and until when its token may be taken without another look. */
export interface Verified extends RevocableToken {
  readonly caller: Caller;
  readonly validUntilMs: number;
  /** When the token itself ends: for connections that outlive a request. */
  readonly expiresAtMs: number;
}

/**
 * Turns a bearer token into its caller. `recall` answers at once for a token verified before, which is the way
 * of the decision path; `verify` checks signature, issuer, audience, times and revocations. Only verified tokens are
 * remembered, by their SHA-256, so that invented ones take no memory and the memory holds no usable token.
 */
export class TokenVerifier {
  private readonly verified = new LRUCache<string, Verified>({ max: REMEMBERED_TOKENS });

  constructor(
    private readonly keys: TokenKeys,
    private readonly expected: { issuer: string; audience: string },
    private readonly revoked: RevokedTokens = new RevokedTokens(),
    private readonly nowMs: () => number = Date.now,
  ) {}

  recall(token: string): Verified | undefined {
    const known = this.verified.get(fingerprint(token));
    return known !== undefined && this.isCurrent(known) ? known : undefined;
  }

  isCurrent(verified: Verified): boolean {
    return this.nowMs() < verified.validUntilMs && !this.revoked.covers(verified);
  }

  /** Rejects with UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED, or DEPENDENCY_UNAVAILABLE when the keys cannot be had. */
  async verify(token: string): Promise<Verified> {
    if (token.length > MAX_TOKEN_LENGTH) throw refused('is too long');
    const nowMs = this.nowMs();
    const claims = await this.checkedClaims(token, nowMs);
    const expiresAtMs = ((claims.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000;
    const verified: Verified = {
      caller: callerOf(claims),
      tokenId: tokenIdOf(claims),
      issuedAtMs: claims.iat === undefined ? null : claims.iat * 1000,
      expiresAtMs,
      validUntilMs: Math.min(expiresAtMs, nowMs + REMEMBER_MS),
    };
    if (this.revoked.covers(verified)) {
      throw new SignalboxError('TOKEN_REVOKED', 'The token was revoked; only another one is taken');
    }
    this.verified.set(fingerprint(token), verified);
    return verified;
  }

  private async checkedClaims(token: string, nowMs: number): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.keys.find, {
        algorithms: [...this.keys.algorithms],
        issuer: this.expected.issuer,
        audience: this.expected.audience,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(nowMs),
      });
      return payload;
    } catch (error) {
      if (error instanceof SignalboxError) throw error;
      if (error instanceof errors.JWTExpired)
        throw new SignalboxError('TOKEN_EXPIRED', 'The token has expired');
      if (error instanceof errors.JWTClaimValidationFailed)
        throw refused(`has a wrong or missing ${error.claim}`);
      throw refused('is not valid');
    }
  }
}

function callerOf(claims: JWTPayload): Caller {
  const { sub, role, services } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_LENGTH) {
    throw refused('has a wrong or missing sub');
  }
  if (!ROLES.includes(role as Role)) throw refused('has a wrong or missing role');
  return Object.freeze({ subject: sub, role: role as Role, services: servicesOf(services) });
}

function tokenIdOf({ jti }: JWTPayload): string | null {
  if (jti !== undefined && typeof jti !== 'string') throw refused('has a wrong jti');
  return jti ?? null;
}

function servicesOf(claim: unknown): ReadonlySet<string> | null {
  if (claim === undefined) return null;
  const names = Array.isArray(claim) && claim.length <= MAX_SERVICES ? claim : [undefined];
  if (!names.every((name) => typeof name === 'string')) throw refused('has a wrong services claim');
  return new Set(names);
}

function refused(why: string): SignalboxError {
  return new SignalboxError('UNAUTHENTICATED', `The token ${why}`);
}

function fingerprint(token: string): string {
  return hash('sha256', token, 'base64');
}
