import Type from 'typebox';
import { Keyring } from '@signalbox/persistence';
import type { Settings } from '@signalbox/platform';

/**
 * Encrypts node credentials on a developer's machine when nothing else is configured. It is public: production
 * refuses it.
 */
const DEVELOPMENT_KEYS = `development:${Buffer.from('signalbox-development-key-public').toString('base64')}`;

/** The coordinator's settings beside the platform's. Each name is also the environment variable: `natsUrl` is NATS_URL. */
export const coordinatorSettings = Type.Object({
  natsUrl: Type.String({ pattern: '^(nats|tls|ws|wss)://\\S+$', secret: true }),
  redisUrl: Type.String({ pattern: '^rediss?://\\S+$', secret: true }),
  databaseUrl: Type.String({ pattern: '^postgres(ql)?://\\S+$', secret: true }),
  /** `id:base64[,id:base64…]`: 32-byte AES keys, the active one first, older ones for what they sealed. */
  credentialKeys: Type.String({ minLength: 1, default: DEVELOPMENT_KEYS, secret: true }),
  /** The most an emergency override may allow, dollars. */
  overrideCapUsd: Type.Number({ minimum: 0, maximum: 1_000_000, default: 5_000 }),
  /** How often nodes that configure a health check are asked. */
  healthCheckEveryMs: Type.Integer({ minimum: 100, maximum: 3_600_000, default: 30_000 }),
  /** Whether this replica writes history; at least one must. */
  recorder: Type.Boolean({ default: true }),
});

export type CoordinatorSettings = Settings<(typeof coordinatorSettings)['properties']>;
export const COORDINATOR_SETTINGS = Symbol('coordinator settings');

/** Rules between settings, each problem naming its variable. */
export function coordinatorProblems(settings: CoordinatorSettings): string[] {
  const problems: string[] = [];
  if (settings.nodeEnv === 'production' && settings.credentialKeys === DEVELOPMENT_KEYS) {
    problems.push('CREDENTIAL_KEYS: is the public default; set `id:base64` of 32 random bytes');
  }
  try {
    Keyring.parse(settings.credentialKeys);
  } catch (error) {
    problems.push(`CREDENTIAL_KEYS: ${error instanceof Error ? error.message : 'is not valid'}`);
  }
  return problems;
}
