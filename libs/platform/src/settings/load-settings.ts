import { contract } from '@signalbox/contracts';
import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import {
  PlatformSettingsSchema,
  randomReplicaId,
  tokenProblems,
  type PlatformSettings,
} from './platform-settings.js';
import { defaultOf, fromText, isSecret, looksLike } from './text-values.js';

/** The settings of one app, frozen. `describe()` (and JSON) shows them by variable with secrets redacted. */
export type Settings<P extends TProperties = Record<never, never>> = Readonly<
  PlatformSettings & Static<TObject<P>>
> & {
  describe(): Record<string, unknown>;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the environment, each problem naming its variable. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`The settings are not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

export const REDACTED = '[redacted]';

/** `tokenJwksUrl` → TOKEN_JWKS_URL. */
function variableOf(setting: string): string {
  return setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/**
 * The app's settings and the platform's from the environment. An empty variable counts as unset; a property
 * declared with `secret: true` is redacted wherever the settings are shown; `problemsOf` adds rules between
 * settings. Throws {@link SettingsError} with all problems at once.
 */
export function loadSettings<P extends TProperties>(
  app: TObject<P>,
  env: Environment,
  problemsOf: (settings: Settings<P>) => string[] = () => [],
): Settings<P> {
  const properties: TProperties = { ...PlatformSettingsSchema.properties, ...app.properties };
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const text = env[variableOf(name)];
    const value = text === undefined || text.trim() === '' ? defaultOf(schema) : fromText(schema, text);
    if (value !== undefined) values[name] = value;
  }
  const wrong = contract(Type.Object(properties)).errors(values);
  if (wrong.length > 0) {
    throw new SettingsError(
      wrong.map(({ path, message }) => `${variableFor(path)}: ${message}${exampleOf(properties[path])}`),
    );
  }
  // `unknown` first: comparing the record with the settings' type takes the compiler many seconds.
  const loaded: unknown = { replicaId: randomReplicaId(), ...values };
  const settings = withDescription(loaded as PlatformSettings & Static<TObject<P>>, properties);
  const problems = [...tokenProblems(settings), ...problemsOf(settings)];
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function exampleOf(schema: TSchema | undefined): string {
  const example = schema === undefined ? undefined : looksLike(schema);
  return example === undefined ? '' : `, such as ${example}`;
}

function variableFor(path: string): string {
  return variableOf(path.split('.')[0] ?? path);
}

function withDescription<P extends TProperties>(
  values: PlatformSettings & Static<TObject<P>>,
  properties: TProperties,
): Settings<P> {
  const shown = Object.entries(values).map(([name, value]) => {
    const property = properties[name];
    const secret = property !== undefined && isSecret(property);
    return [variableOf(name), secret ? REDACTED : withoutPassword(value)] as const;
  });
  const describe = () => Object.fromEntries(shown);
  const hidden = { value: describe, enumerable: false };
  return Object.freeze(Object.defineProperties(values, { describe: hidden, toJSON: hidden })) as Settings<P>;
}

/** Connection URLs carry their password between `//` and `@`. */
function withoutPassword(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\/\/\S*@/g, `//${REDACTED}@`) : value;
}
