import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import Type from 'typebox';
import { loadSettings, SettingsError, type Environment } from './load-settings.js';
import { DEVELOPMENT_TOKEN_SECRET } from './platform-settings.js';

const AppSettings = Type.Object({
  natsUrl: Type.String({ default: 'nats://127.0.0.1:4222' }),
  databaseUrl: Type.Optional(Type.String()),
  apiKey: Type.Optional(Type.String({ secret: true })),
  keepDays: Type.Integer({ minimum: 1 }),
  shadow: Type.Boolean({ default: false }),
});

function problemsWith(env: Environment): readonly string[] {
  try {
    loadSettings(AppSettings, { KEEP_DAYS: '7', ...env });
    return [];
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems;
  }
}

const longSecret = 's'.repeat(32);
const pemOf = (key: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer }) =>
  key.export({ type: 'spki', format: 'pem' }).toString();
const rsaPem = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey);
const weakPem = pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);

describe('loadSettings', () => {
  it('reads numbers, booleans and lists, takes defaults for what is unset or empty, and freezes', () => {
    const settings = loadSettings(AppSettings, {
      KEEP_DAYS: '30',
      SHADOW: 'true',
      PORT: '',
      TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1',
    });
    assert.equal(settings.keepDays, 30);
    assert.equal(settings.shadow, true);
    assert.equal(settings.port, 3000);
    assert.equal(settings.natsUrl, 'nats://127.0.0.1:4222');
    assert.deepEqual(settings.trustedProxies, ['10.0.0.0/8', '127.0.0.1']);
    assert.throws(() => Object.assign(settings, { port: 1 }), TypeError);
  });

  it('gives every process a name of its own unless REPLICA_ID says one', () => {
    const load = (env: Environment) => loadSettings(AppSettings, { KEEP_DAYS: '7', ...env }).replicaId;
    assert.notEqual(load({}), load({}));
    assert.equal(load({ REPLICA_ID: 'a-1' }), 'a-1');
  });

  it('reports all problems at once, each by its variable', () => {
    const problems = problemsWith({
      KEEP_DAYS: 'a week',
      PORT: '70000',
      SHADOW: 'perhaps',
      LOG_LEVEL: 'loud',
    });
    const named = problems.map((problem) => problem.split(':')[0]).sort();
    assert.deepEqual(named, ['KEEP_DAYS', 'LOG_LEVEL', 'PORT', 'SHADOW']);
    assert.deepEqual(problemsWith({ KEEP_DAYS: undefined }), ['KEEP_DAYS: is required']);
  });

  it('shows how a value looks that has to have a form, and never the value', () => {
    const form = Type.Object({
      busUrl: Type.String({ pattern: '^nats://', looksLike: 'nats://host:4222', secret: true }),
    });
    assert.throws(
      () => loadSettings(form, { BUS_URL: 'http://u:hunter2@bus' }),
      (error: Error) => {
        assert.match(error.message, /BUS_URL: does not have the required form, such as nats:\/\/host:4222$/m);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
    assert.throws(() => loadSettings(form, {}), /BUS_URL: is required, such as nats/);
  });

  it('adds the problems of an app between its own settings', () => {
    const rule = () => ['KEEP_DAYS: must be less than the disk holds'];
    assert.throws(() => loadSettings(AppSettings, { KEEP_DAYS: '7' }, rule), /less than the disk holds/);
  });

  it('shows no secret: not described, not as JSON, not inside a connection URL', () => {
    const settings = loadSettings(AppSettings, {
      KEEP_DAYS: '7',
      API_KEY: 'sk_live_abc',
      TOKEN_SECRET: longSecret,
      DATABASE_URL: 'postgres://app:hunter2@db/signalbox',
    });
    const shown = JSON.stringify(settings);
    assert.equal(shown, JSON.stringify(settings.describe()));
    for (const secret of ['sk_live_abc', longSecret, 'hunter2']) assert.ok(!shown.includes(secret));
    assert.equal(settings.describe()['DATABASE_URL'], 'postgres://[redacted]@db/signalbox');
    assert.equal(settings.databaseUrl, 'postgres://app:hunter2@db/signalbox');
  });
});

describe('token settings', () => {
  const production = { NODE_ENV: 'production' };
  const refused: [string, Environment, RegExp][] = [
    ['production without any key', production, /TOKEN_JWKS_URL or TOKEN_PUBLIC_KEY: one is required/],
    [
      'production with the default secret',
      { ...production, TOKEN_SECRET: DEVELOPMENT_TOKEN_SECRET },
      /public default/,
    ],
    ['production with a short secret', { ...production, TOKEN_SECRET: 'short' }, /at least 32 bytes/],
    ['production with a secret alone', { ...production, TOKEN_SECRET: longSecret }, /is for development/],
    [
      'a key set fetched in the clear',
      { ...production, TOKEN_JWKS_URL: 'http://idp.example/jwks' },
      /must be https/,
    ],
    ['a short secret anywhere', { TOKEN_SECRET: 's'.repeat(31) }, /at least 32 bytes/],
    ['two sources of trust', { TOKEN_SECRET: longSecret, TOKEN_PUBLIC_KEY: rsaPem }, /set one, not several/],
    ['a public key that is none', { TOKEN_PUBLIC_KEY: 'ssh-rsa AAAA' }, /must be a PEM public key/],
    ['an RSA key of 1024 bits', { TOKEN_PUBLIC_KEY: weakPem }, /must be a PEM public key/],
  ];
  for (const [name, env, expected] of refused) {
    it(`refuses ${name}`, () => assert.match(problemsWith(env).join('\n'), expected));
  }

  it('starts in production with a public key or a protected key set', () => {
    assert.deepEqual(problemsWith({ ...production, TOKEN_PUBLIC_KEY: rsaPem.replaceAll('\n', '\\n') }), []);
    assert.deepEqual(problemsWith({ ...production, TOKEN_JWKS_URL: 'https://idp.example/jwks' }), []);
    assert.deepEqual(problemsWith({ ...production, TOKEN_JWKS_URL: 'http://127.0.0.1:9000/jwks' }), []);
  });
});
