import { createPublicKey } from 'node:crypto';
import { SignalboxError } from '@signalbox/contracts';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import {
  DEVELOPMENT_TOKEN_SECRET,
  publicKeyAlgorithm,
  withLineBreaks,
  type PlatformSettings,
} from '../settings/platform-settings.js';

/** One source of trust and the only algorithms it may verify: the token's own `alg` never widens the list. */
export interface TokenKeys {
  readonly algorithms: readonly string[];
  readonly find: JWTVerifyGetKey;
}

export type TokenSource = Pick<PlatformSettings, 'tokenJwksUrl' | 'tokenPublicKey' | 'tokenSecret'>;

export function tokenKeys(source: TokenSource): TokenKeys {
  if (source.tokenJwksUrl !== undefined) return keysFromUrl(source.tokenJwksUrl);
  if (source.tokenPublicKey !== undefined) return keyFromPem(source.tokenPublicKey);
  return keyFromSecret(source.tokenSecret ?? DEVELOPMENT_TOKEN_SECRET);
}

export function keyFromSecret(secret: string): TokenKeys {
  const key = new TextEncoder().encode(secret);
  return { algorithms: ['HS256'], find: () => key };
}

function keyFromPem(pem: string): TokenKeys {
  const algorithm = publicKeyAlgorithm(pem);
  if (algorithm === null) throw new Error('TOKEN_PUBLIC_KEY is not a usable public key');
  const key = createPublicKey(withLineBreaks(pem));
  return { algorithms: [algorithm], find: () => key };
}

/**
 * Keys of an identity provider, fetched when first needed and again for an unknown `kid`, at most once in
 * `cooldownMs`: that bounds what a stream of invented key ids costs the provider.
 */
export function keysFromUrl(url: string, cooldownMs = 30_000): TokenKeys {
  const keys = createRemoteJWKSet(new URL(url), { cooldownDuration: cooldownMs });
  return {
    algorithms: ['RS256', 'ES256'],
    find: async (header, token) => {
      try {
        return await keys(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported)
          throw error;
        throw new SignalboxError('DEPENDENCY_UNAVAILABLE', 'The token keys could not be fetched; try again');
      }
    },
  };
}
