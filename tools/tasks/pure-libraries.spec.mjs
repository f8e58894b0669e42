import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ESLint } from 'eslint';
import { pureLibraryRules } from '../../eslint.config.js';
import { ROOT } from './paths.mjs';

describe('lint rules of the pure libraries', () => {
  const alone = new ESLint({ overrideConfigFile: true, overrideConfig: { rules: pureLibraryRules } });
  const complaints = async (code) => (await alone.lintText(code))[0].messages.map(({ ruleId }) => ruleId);

  for (const code of [
    'Date.now();',
    'new Date();',
    'Date();',
    'performance.now();',
    'Math.random();',
    'process.env.NODE_ENV;',
    'setTimeout(() => {}, 1);',
    'setInterval(() => {}, 1);',
    'crypto.randomUUID();',
    "import { randomBytes } from 'node:crypto'; randomBytes(16);",
  ]) {
    it(`refuse ${code}`, async () => assert.notDeepEqual(await complaints(code), []));
  }

  it('let a date be made from a given time, and a clock and an rng be asked', async () => {
    assert.deepEqual(
      await complaints('export default (clock, rng) => [new Date(clock.nowMs()), rng()];'),
      [],
    );
  });

  it('let digests be made', async () => {
    const digest = "import { createHash } from 'node:crypto'; export default createHash('sha256');";
    assert.deepEqual(await complaints(digest), []);
  });

  it('hold in every pure library, and not in its specs', async () => {
    const project = new ESLint({ cwd: ROOT });
    const rulesOf = async (file) => Object.keys((await project.calculateConfigForFile(file)).rules);
    for (const library of ['catalog', 'routing', 'statistics', 'webhooks']) {
      const inSource = await rulesOf(`libs/${library}/src/deep/inside.ts`);
      for (const rule of Object.keys(pureLibraryRules))
        assert.ok(inSource.includes(rule), `${rule} in ${library}`);
      assert.ok(!(await rulesOf(`libs/${library}/src/a.spec.ts`)).includes('no-restricted-globals'));
    }
  });
});
