import { createPublicKey, randomBytes } from 'node:crypto';
import Type, { type Static } from 'typebox';

/**
 * Signs development tokens when nothing else is configured, so that `npm run -s token` and the server agree
 * without a file between them. It is public: production refuses it, and the default HOST is loopback.
 */
export const DEVELOPMENT_TOKEN_SECRET = 'signalbox-development-secret-known-to-everyone';
/** HS256 keys below the hash's own 256 bits are weaker than the algorithm (RFC 7518, 3.2). */
const MIN_SECRET_BYTES = 32;

/** The platform's settings in Nest's container. */
export const PLATFORM_SETTINGS = Symbol('platform settings');

/** What every app has. Each name is also the environment variable: `tokenJwksUrl` is TOKEN_JWKS_URL. */
export const PlatformSettingsSchema = Type.Object({
  nodeEnv: Type.Enum(['development', 'test', 'production'], { default: 'development' }),
  /** Loopback: the development secret is public. Containers set 0.0.0.0. */
  host: Type.String({ minLength: 1, default: '127.0.0.1' }),
  port: Type.Integer({ minimum: 0, maximum: 65_535, default: 3000 }),
  logLevel: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { default: 'info' }),
  /** Names this process in logs, decisions and gossip; random when unset. */
  replicaId: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })),
  /** Proxies whose X-Forwarded-For is believed: addresses or CIDRs, comma-separated. None by default. */
  trustedProxies: Type.Array(Type.String({ minLength: 1 }), { default: [] }),
  tokenJwksUrl: Type.Optional(Type.String({ pattern: '^https?://\\S+$' })),
  /** A PEM public key (RSA or P-256); `\n` may stand for a line break. */
  tokenPublicKey: Type.Optional(Type.String({ minLength: 1 })),
  tokenSecret: Type.Optional(Type.String({ minLength: 1, secret: true })),
  tokenIssuer: Type.String({ minLength: 1, default: 'signalbox' }),
  tokenAudience: Type.String({ minLength: 1, default: 'signalbox' }),
  /** Requests a minute and endpoint for a `service` token; hot is the decision path. */
  serviceLimitPerMinute: Type.Integer({ minimum: 1, default: 60_000 }),
  serviceHotLimitPerMinute: Type.Integer({ minimum: 1, default: 600_000 }),
  /** Longest wait for requests in flight at shutdown: below the 30 s after which Kubernetes kills. */
  shutdownDeadlineMs: Type.Integer({ minimum: 0, maximum: 600_000, default: 20_000 }),
});

export type PlatformSettings = Omit<Static<typeof PlatformSettingsSchema>, 'replicaId'> & {
  replicaId: string;
};

export function randomReplicaId(): string {
  return `r-${randomBytes(4).toString('hex')}`;
}

/** Where tokens get their trust, as problems named by variable. Exactly one source; asymmetric in production. */
export function tokenProblems(settings: Static<typeof PlatformSettingsSchema>): string[] {
  const problems: string[] = [];
  const { tokenJwksUrl, tokenPublicKey, tokenSecret } = settings;
  const production = settings.nodeEnv === 'production';
  if ([tokenJwksUrl, tokenPublicKey, tokenSecret].filter((source) => source !== undefined).length > 1) {
    problems.push('TOKEN_JWKS_URL, TOKEN_PUBLIC_KEY, TOKEN_SECRET: set one, not several');
  }
  if (tokenSecret !== undefined && Buffer.byteLength(tokenSecret) < MIN_SECRET_BYTES) {
    problems.push(`TOKEN_SECRET: must be at least ${MIN_SECRET_BYTES} bytes`);
  }
  if (tokenPublicKey !== undefined && publicKeyAlgorithm(tokenPublicKey) === null) {
    problems.push('TOKEN_PUBLIC_KEY: must be a PEM public key, RSA of at least 2048 bits or P-256');
  }
  if (!production) return problems;
  if (tokenSecret === DEVELOPMENT_TOKEN_SECRET) problems.push('TOKEN_SECRET: is the public default');
  if (tokenSecret !== undefined) {
    problems.push('TOKEN_SECRET: is for development; production needs TOKEN_JWKS_URL or TOKEN_PUBLIC_KEY');
  }
  if (tokenJwksUrl === undefined && tokenPublicKey === undefined && tokenSecret === undefined) {
    problems.push('TOKEN_JWKS_URL or TOKEN_PUBLIC_KEY: one is required in production');
  }
  if (tokenJwksUrl !== undefined && !isProtected(tokenJwksUrl)) {
    problems.push('TOKEN_JWKS_URL: must be https in production (http only to loopback)');
  }
  return problems;
}

export type PublicKeyAlgorithm = 'RS256' | 'ES256';

/** The one algorithm a public key may verify, so that a token cannot choose another; null: not usable. */
export function publicKeyAlgorithm(pem: string): PublicKeyAlgorithm | null {
  try {
    const key = createPublicKey(withLineBreaks(pem));
    const details = key.asymmetricKeyDetails;
    if (key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= 2048) return 'RS256';
    return key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1' ? 'ES256' : null;
  } catch {
    return null;
  }
}

/** Environment files often hold a PEM in one line. */
export function withLineBreaks(pem: string): string {
  return pem.replaceAll('\\n', '\n');
}

function isProtected(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
}
