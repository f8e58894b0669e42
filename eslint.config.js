import tseslint from 'typescript-eslint';

const PURE_LIBS = 'libs/{catalog,routing,statistics,budgets,batching,webhooks}/src/**/*.ts';
const CLOCK = 'Pure code takes the time from its `clock` argument.';
const CHANCE = 'Pure code takes chance from its `rng` argument.';
const TIMERS = 'Pure code has no timers: whoever owns the process calls it when it is time.';

/** What would make a pure library's answer depend on anything but its arguments. */
export const pureLibraryRules = {
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: CLOCK },
    { object: 'Math', property: 'random', message: CHANCE },
  ],
  'no-restricted-globals': [
    'error',
    ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map((name) => ({
      name,
      message: TIMERS,
    })),
    ...['process', 'crypto', 'performance', 'fetch'].map((name) => ({
      name,
      message: 'Pure code reaches for nothing outside its arguments.',
    })),
  ],
  'no-restricted-imports': [
    'error',
    {
      name: 'node:crypto',
      importNames: [
        'randomUUID',
        'randomBytes',
        'randomInt',
        'randomFillSync',
        'getRandomValues',
        'webcrypto',
      ],
      message: CHANCE,
    },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: CLOCK },
    { selector: "CallExpression[callee.name='Date']", message: CLOCK },
  ],
};

export default tseslint.config(
  {
    ignores: ['**/dist/', 'apps/console/types/', 'apps/console/vite.config.ts', '**/node_modules/', '.data/'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // The runner waits for what `describe` and `it` return.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['describe', 'it', 'test', 'suite'] },
          ],
        },
      ],
      // A signature may have to name what this implementation does not need: `_` says that it knows. And what is
      // taken out of an object to leave the rest needs no use.
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          ignoreRestSiblings: true,
        },
      ],
      // A port's implementation is asynchronous for its callers also when this one has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: [PURE_LIBS], ignores: ['**/*.spec.ts'], rules: pureLibraryRules },
  { files: ['**/*.{js,mjs}'], extends: [tseslint.configs.recommended] },
);
