import { join } from 'node:path';
import { Failure, runToEnd } from './child.mjs';
import { ROOT } from './paths.mjs';
import { build } from './set-up.mjs';

const tool = (path, ...args) => {
  return async () => (await runToEnd(process.execPath, [join(ROOT, 'node_modules', path), ...args])) === 0;
};

const SOURCES = ['{apps,libs,tools}/*/{src,test}', 'bench/src', 'tools/tasks', 'tools/run.mjs'];

/** Types come early: the boundary and dead-code checks resolve imports between workspaces to built files. */
const CHECKS = {
  types: () => build().then(() => true, failedBuild),
  format: tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  lint: tool('eslint/bin/eslint.js', '.', '--max-warnings', '0'),
  boundaries: tool('dependency-cruiser/bin/dependency-cruise.mjs', ...SOURCES),
  'dead code': tool('knip/bin/knip.js', '--no-config-hints'),
};

/** Runs every check, also after one has failed, and rejects when any has. */
export async function check() {
  const failed = [];
  for (const [name, passes] of Object.entries(CHECKS)) {
    const startedAt = performance.now();
    const passed = await passes();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    if (!passed) failed.push(name);
  }
  if (failed.length > 0) throw new Failure(`check failed: ${failed.join(', ')}`);
}

export async function format() {
  const write = tool('prettier/bin/prettier.cjs', '--write', '--log-level', 'warn', '.');
  if (!(await write())) throw new Failure('prettier could not format every file');
}

function failedBuild(error) {
  if (error instanceof Failure) return false;
  throw error;
}
