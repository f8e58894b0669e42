import { relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { Failure } from './child.mjs';
import { ROOT, compiledWorkspaces, filesUnder } from './paths.mjs';

/** What each kind of test needs, and the most a file may take before it counts as hung: many times what it takes. */
const KINDS = {
  unit: { fileTimeoutMs: 300_000, servers: false },
  integration: { fileTimeoutMs: 600_000, servers: true },
  e2e: { fileTimeoutMs: 1_200_000, servers: true },
};
/** Files at once. Soak runs put a fleet under all the load that a machine bears: each of them runs alone. */
const CONCURRENCY = 2;
const RUNS_ALONE = /\/soak\//;
const LINES_OF_A_REASON = 40;

/**
 * Runs the tests of these kinds, only the files whose path contains one of `filters` when there are any.
 * The last line counts them; a failure, or no test at all, is exit code 1.
 */
export async function test(kinds, filters) {
  const tally = { passed: 0, skipped: 0, failed: [] };
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => interrupted.abort());

  for (const kind of kinds) {
    const files = specFiles(kind, filters);
    if (files.length === 0 || interrupted.signal.aborted) continue;
    if (KINDS[kind].servers) await prepareServers();
    console.log(`\n${kind} tests (${files.length} files)\n`);
    const alone = files.filter((file) => RUNS_ALONE.test(file));
    const others = files.filter((file) => !RUNS_ALONE.test(file));
    const { fileTimeoutMs: timeout } = KINDS[kind];
    const { signal } = interrupted;
    await runFiles({ files: others, concurrency: CONCURRENCY, timeout, signal }, tally);
    await runFiles({ files: alone, concurrency: 1, timeout, signal }, tally);
  }
  const { passed, skipped, failed } = tally;
  for (const failure of failed) console.log(inWords(failure));
  console.log(`${passed} passed, ${failed.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  if (failed.length > 0 || passed === 0 || interrupted.signal.aborted) process.exitCode = 1;
}

/** Here once, before test files that run side by side all find a server missing and install it. */
async function prepareServers() {
  const { findBinaries } = await import('@signalbox/dev-stack');
  await findBinaries(['nats-server', 'redis-server'], (line) => console.error(`signalbox: ${line}`)).catch(
    (error) => {
      throw new Failure(error.message);
    },
  );
}

function specFiles(kind, filters) {
  const compiled = compiledWorkspaces().flatMap(({ outputRoot }) => filesUnder(outputRoot));
  const own = filesUnder(`${ROOT}tools/tasks`);
  return [...compiled, ...own]
    .filter((file) => kindOf(file) === kind)
    .filter((file) => filters.length === 0 || filters.some((filter) => relative(ROOT, file).includes(filter)))
    .sort();
}

function kindOf(file) {
  const [, kind] = /(?:\.(integration|e2e))?\.spec\.m?js$/.exec(file) ?? [null, null];
  return kind === null ? null : (kind ?? 'unit');
}

/** Said again at the end, where it is found: the failure itself is a long way up. */
function inWords({ name, file, reason }) {
  const lines = String(reason).split('\n', LINES_OF_A_REASON);
  return [`failed: ${name} (${relative(ROOT, file ?? ROOT)})`, ...lines.map((line) => `  ${line}`)].join(
    '\n',
  );
}

async function runFiles(options, tally) {
  if (options.files.length === 0 || options.signal.aborted) return;
  const events = run(options);
  events.on('test:pass', ({ name, file, skip, details }) => {
    if (details.type === 'suite') return;
    // A file in which nothing called the runner is reported as one passed test with the file's name.
    if (name === file) tally.failed.push({ name, file, reason: 'holds no test' });
    else if (skip !== undefined) tally.skipped++;
    else tally.passed++;
  });
  events.on('test:fail', ({ name, file, todo, details: { error } }) => {
    // A suite fails with its tests, which are counted, or by itself in a hook.
    if (todo !== undefined || error.failureType === 'subtestsFailed') return;
    tally.failed.push({ name, file, reason: error.cause?.stack ?? error.message });
  });
  for await (const text of events.compose(spec)) process.stdout.write(text);
}
