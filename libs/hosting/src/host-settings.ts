import Type from 'typebox';
import { Keyring } from '@signalbox/persistence';
import type { Settings } from '@signalbox/platform';

/** Seals secrets on a developer's machine when nothing else is configured. It is public: production refuses it. */
const DEVELOPMENT_KEYS = `development:${Buffer.from('signalbox-development-key-public').toString('base64')}`;

/** What every app has beside the platform's settings. Each name is also the environment variable: `natsUrl` is NATS_URL. */
export const hostSettings = Type.Object({
  natsUrl: Type.String({
    pattern: '^(nats|tls|ws|wss)://\\S+$',
    looksLike: 'nats://127.0.0.1:4222',
    secret: true,
  }),
  redisUrl: Type.String({ pattern: '^rediss?://\\S+$', looksLike: 'redis://127.0.0.1:6379', secret: true }),
  databaseUrl: Type.String({
    pattern: '^postgres(ql)?://\\S+$',
    looksLike: 'postgres://user:password@127.0.0.1:5432/signalbox',
    secret: true,
  }),
  /** `id:base64[,id:base64…]`: 32-byte AES keys, the active one first, older ones for what they sealed. */
  credentialKeys: Type.String({ minLength: 1, default: DEVELOPMENT_KEYS, secret: true }),
});

export type HostProperties = (typeof hostSettings)['properties'];
export type HostSettings = Settings<HostProperties>;
export const HOST_SETTINGS = Symbol('host settings');

/** Rules between settings, each problem naming its variable. */
export function hostProblems(settings: HostSettings): string[] {
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
