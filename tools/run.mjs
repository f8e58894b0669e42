// Behind every npm script: `node tools/run.mjs <task> [arguments]`. Installs and builds what is missing
// first, so that each script works on a bare checkout; says so on stderr, so that stdout is the task's own.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Failure } from './tasks/child.mjs';
import { build, installDependencies } from './tasks/set-up.mjs';

const [task, ...args] = process.argv.slice(2);

/** Each task's module is loaded after the set-up: it may need what the set-up installs. */
const TASKS = {
  build: async () => {},
  prepare: async () => {},
  start: async () => startProgram('../apps/standalone/dist/src/main.js'),
  demo: async () => startProgram('../tools/demo/dist/main.js'),
  test: async () => (await import('./tasks/test.mjs')).test(['unit', 'integration', 'e2e'], args),
  'test:unit': async () => (await import('./tasks/test.mjs')).test(['unit'], args),
  'test:integration': async () => (await import('./tasks/test.mjs')).test(['integration'], args),
  'test:e2e': async () => (await import('./tasks/test.mjs')).test(['e2e'], args),
  token: async () => (await import('./tasks/token.mjs')).token(args),
  check: async () => (await import('./tasks/check.mjs')).check(),
  format: async () => (await import('./tasks/check.mjs')).format(),
  bench: async () => startProgram(measurement('bench', '')),
  soak: async () => startProgram(measurement('soak', 'soak/')),
};

/** `prepare` is npm's own last step of an install; `check` reports a failed build as one of its findings. */
const SET_UP = { prepare: [build], check: [installDependencies], format: [installDependencies] };

/** Runs a program in this process: signals reach it without a messenger. */
async function startProgram(path) {
  const url = new URL(path, import.meta.url);
  process.argv.splice(1, process.argv.length, fileURLToPath(url), ...args);
  await import(url.href);
}

/** `npm run bench -- decision --json` runs bench/src/decision.ts; soak runs take theirs from bench/src/soak. */
function measurement(kind, folder) {
  const name = args.shift() ?? '';
  const path = `../bench/dist/${folder}${name}.js`;
  if (/^[\w-]+$/.test(name) && existsSync(new URL(path, import.meta.url))) return path;
  throw new Failure(`usage: npm run ${kind} -- <name of a file in bench/src/${folder}> [--json]`);
}

if (!Object.hasOwn(TASKS, task ?? '')) {
  console.error(`usage: node tools/run.mjs <task>\ntasks: ${Object.keys(TASKS).join(', ')}`);
  process.exit(2);
}
try {
  for (const step of SET_UP[task] ?? [installDependencies, build]) await step();
  await TASKS[task]();
} catch (error) {
  console.error(error instanceof Failure ? error.message : error);
  // What a failed task leaves open must not keep the process.
  process.exit(1);
}
