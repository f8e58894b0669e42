import { randomUUID } from 'node:crypto';
import type { Role, ServiceName } from '@signalbox/contracts';
import { SignJWT } from 'jose';
import { DEVELOPMENT_TOKEN_SECRET, type PlatformSettings } from '../settings/platform-settings.js';

export interface DevelopmentTokenRequest {
  role: Role;
  /** The services the token may touch; every one when absent. */
  services?: ServiceName[];
  subject?: string;
  /** Default: 12 hours, a working day. */
  ttlSeconds?: number;
}

type TokenSettings = Pick<
  PlatformSettings,
  'nodeEnv' | 'tokenJwksUrl' | 'tokenPublicKey' | 'tokenSecret' | 'tokenIssuer' | 'tokenAudience'
>;

/**
 * A token that a server with the same settings accepts. Only where tokens are signed with a local secret;
 * elsewhere they come from the identity provider and this throws.
 */
export async function issueDevelopmentToken(
  request: DevelopmentTokenRequest,
  settings: TokenSettings,
): Promise<string> {
  if (
    settings.nodeEnv === 'production' ||
    settings.tokenJwksUrl !== undefined ||
    settings.tokenPublicKey !== undefined
  ) {
    throw new Error('Tokens come from your identity provider: this server trusts no local secret');
  }
  const { role, services, subject = `local-${role}`, ttlSeconds = 12 * 3600 } = request;
  const nowSeconds = Math.floor(Date.now() / 1000);
  return new SignJWT({ role, ...(services === undefined ? {} : { services }) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuer(settings.tokenIssuer)
    .setAudience(settings.tokenAudience)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + ttlSeconds)
    .setJti(randomUUID())
    .sign(new TextEncoder().encode(settings.tokenSecret ?? DEVELOPMENT_TOKEN_SECRET));
}
