import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { cruise } from 'dependency-cruiser';

const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');

/** Each rule with imports (from → to) that it must refuse, and neighbours that it must let pass. */
const CASES = {
  'pure-libraries-stay-pure': {
    refused: [
      ['libs/routing/src/engine.ts', 'libs/redis/src/index.ts'],
      ['libs/routing/src/engine.ts', 'typeorm'],
      ['libs/routing/src/engine.ts', '@nestjs/common'],
      ['libs/statistics/src/sketch.ts', 'node:fs'],
      ['libs/catalog/src/diff.ts', 'libs/persistence/src/index.ts'],
    ],
    allowed: [
      ['libs/routing/src/engine.ts', 'libs/statistics/src/index.ts'],
      ['libs/routing/src/engine.ts', 'libs/contracts/src/index.ts'],
      ['libs/statistics/src/sketch.ts', '@datadog/sketches-js'],
      ['libs/webhooks/src/stripe/signature.ts', 'node:crypto'],
      ['libs/routing/src/engine.spec.ts', 'node:test'],
    ],
  },
  'contracts-import-nothing-of-ours': {
    refused: [['libs/contracts/src/decision.ts', 'libs/catalog/src/index.ts']],
    allowed: [['libs/contracts/src/decision.ts', 'libs/contracts/src/money.ts']],
  },
  'the-client-stands-alone': {
    refused: [['libs/client/src/client.ts', 'libs/messaging/src/index.ts']],
    allowed: [['libs/client/src/client.ts', 'libs/contracts/src/index.ts']],
  },
  'apps-never-import-apps': {
    refused: [['apps/cost-optimizer/src/main.ts', 'apps/routing-coordinator/src/index.ts']],
    allowed: [
      ['apps/standalone/src/main.ts', 'apps/routing-coordinator/src/index.ts'],
      ['apps/routing-coordinator/src/main.ts', 'apps/routing-coordinator/src/config.ts'],
    ],
  },
  'libraries-never-import-apps': {
    refused: [['libs/platform/src/bootstrap.ts', 'apps/routing-coordinator/src/index.ts']],
    allowed: [['libs/platform/src/bootstrap.ts', 'libs/redis/src/index.ts']],
  },
  'entities-never-leave-persistence': {
    refused: [
      ['apps/routing-coordinator/src/main.ts', 'libs/persistence/src/config/config.entities.ts'],
      ['apps/routing-coordinator/src/main.ts', 'typeorm'],
    ],
    allowed: [['libs/persistence/src/config/store.ts', 'libs/persistence/src/config/config.entities.ts']],
  },
  'entities-are-not-exported': {
    refused: [['libs/persistence/src/index.ts', 'libs/persistence/src/config/config.entities.ts']],
    allowed: [['libs/persistence/src/index.ts', 'libs/persistence/src/config/store.ts']],
  },
  'test-equipment-stays-in-tests': {
    refused: [
      ['apps/routing-coordinator/src/main.ts', 'libs/testkit/src/index.ts'],
      ['apps/routing-coordinator/src/main.ts', 'tools/dev-stack/src/index.ts'],
      ['libs/platform/src/bootstrap.ts', 'tools/provider-simulator/src/index.ts'],
    ],
    allowed: [
      ['apps/routing-coordinator/test/outage.e2e.spec.ts', 'libs/testkit/src/index.ts'],
      ['libs/redis/src/claims.integration.spec.ts', 'libs/testkit/src/index.ts'],
      ['bench/src/decision.ts', 'tools/provider-simulator/src/index.ts'],
      ['tools/demo/src/main.ts', 'tools/provider-simulator/src/index.ts'],
      ['apps/standalone/src/main.ts', 'tools/dev-stack/src/index.ts'],
    ],
  },
  'standalone-only-starts-servers': {
    refused: [['apps/standalone/src/main.ts', 'tools/provider-simulator/src/index.ts']],
    allowed: [['apps/standalone/src/main.ts', 'tools/dev-stack/src/index.ts']],
  },
  'no-cycles': {
    refused: [['libs/redis/src/a.ts', 'libs/redis/src/b.ts', 'libs/redis/src/a.ts']],
    allowed: [['libs/redis/src/a.ts', 'libs/redis/src/b.ts']],
  },
  resolvable: {
    refused: [['libs/redis/src/a.ts', './gone.js']],
    allowed: [['libs/redis/src/a.ts', 'node:path']],
  },
};

describe('boundary rules', () => {
  const checkouts = [];
  after(() => checkouts.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  const isFile = (specifier) => /^(libs|apps|tools|bench)\//.test(specifier);
  const isPackage = (specifier) => !isFile(specifier) && !/^(node:|\.)/.test(specifier);
  const fromFile = (file, target) =>
    (isFile(target) ? '../'.repeat(file.split('/').length - 1) : '') + target;

  /** The names of the rules that a checkout of only these files breaks; each imports the next. */
  async function brokenRules(chain) {
    const baseDir = mkdtempSync(join(tmpdir(), 'signalbox-boundaries-'));
    checkouts.push(baseDir);
    const write = (path, text) => {
      mkdirSync(dirname(join(baseDir, path)), { recursive: true });
      writeFileSync(join(baseDir, path), text);
    };
    const last = chain.at(-1);
    if (isFile(last)) write(last, 'export {};');
    if (isPackage(last)) write(`node_modules/${last}/index.js`, 'export {};');
    chain.slice(0, -1).forEach((file, index) => write(file, `import '${fromFile(file, chain[index + 1])}';`));
    const { output } = await cruise(['.'], { ...options, baseDir, validate: true, ruleSet: { forbidden } });
    return output.summary.violations.map(({ rule }) => rule.name);
  }

  it('has a case for every rule', () => {
    assert.deepEqual(
      Object.keys(CASES),
      forbidden.map(({ name }) => name),
    );
  });

  for (const [rule, { refused, allowed }] of Object.entries(CASES)) {
    for (const chain of refused) {
      it(`${rule}: refuses ${chain.join(' → ')}`, async () => {
        assert.ok((await brokenRules(chain)).includes(rule));
      });
    }
    for (const chain of allowed) {
      it(`${rule}: lets pass ${chain.join(' → ')}`, async () => {
        assert.ok(!(await brokenRules(chain)).includes(rule));
      });
    }
  }
});
