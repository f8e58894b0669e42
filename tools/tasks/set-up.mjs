import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Failure, runToEnd } from './child.mjs';
import { ROOT, compiledWorkspaces, filesUnder } from './paths.mjs';

/** The child's stdout goes where this process's stderr goes: stdout belongs to the task. */
const TO_STDERR = { stdout: 2 };
const NODE_MODULES = join(ROOT, 'node_modules');
const NPM_RECORD = join(NODE_MODULES, '.package-lock.json');
const LOCK_FILE = join(ROOT, 'package-lock.json');
const INSTALLED = join(NODE_MODULES, '.cache', 'signalbox', 'installed');
const CONSOLE = join(ROOT, 'apps', 'console');
const CONSOLE_PAGE = join(CONSOLE, 'dist', 'index.html');
const BUILT = join(NODE_MODULES, '.cache', 'signalbox', 'built');

/** Installs the packages that package-lock.json names, unless those are the ones installed. */
export async function installDependencies() {
  if (isInstalled()) return;
  // `ci` starts from nothing; `install` keeps what a running process may have open.
  const command = existsSync(NODE_MODULES) ? 'install' : 'ci';
  say(`npm ${command}`);
  const args = [command, '--include=dev', '--loglevel=error'];
  // Under npm its own path is known; `npm` alone may be another one, or none in a service's PATH.
  const npm = process.env.npm_execpath;
  const code = npm
    ? await runToEnd(process.execPath, [npm, ...args], TO_STDERR)
    : await runToEnd('npm', args, TO_STDERR);
  if (code !== 0) throw new Failure(`npm ${command} failed (exit code ${code})`);
  write(INSTALLED, digest(readFileSync(LOCK_FILE)));
}

/** By this script for just this lock file; or by hand since it changed, as npm's own record in node_modules tells. */
function isInstalled() {
  if (read(INSTALLED) === digest(readFileSync(LOCK_FILE))) return true;
  return existsSync(NPM_RECORD) && statSync(NPM_RECORD).mtimeMs >= statSync(LOCK_FILE).mtimeMs;
}

/** Compiles every workspace, unless nothing changed since the last time. */
export async function build() {
  const sources = fingerprint();
  const workspaces = compiledWorkspaces();
  const isComplete = [CONSOLE_PAGE, ...workspaces.map(({ outputRoot }) => outputRoot)].every(existsSync);
  if (isComplete && read(BUILT) === sources) return;
  say('tsc -b');
  workspaces.forEach(removeOrphans);
  const code = await runToEnd(
    process.execPath,
    [join(NODE_MODULES, 'typescript', 'bin', 'tsc'), '-b'],
    TO_STDERR,
  );
  if (code !== 0) throw new Failure('the build failed');
  await buildConsole();
  write(BUILT, sources);
}

/** The web page, bundled as a browser loads it; the compiler before it only checked its types. */
async function buildConsole() {
  say('vite build');
  const vite = join(NODE_MODULES, 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', CONSOLE, '--config', join(CONSOLE, 'vite.config.ts'), '--logLevel', 'warn'];
  if ((await runToEnd(process.execPath, args, TO_STDERR)) !== 0)
    throw new Failure('the console was not built');
}

/** Changes when a source, a compiler setting or an installed package does. */
function fingerprint() {
  const hash = createHash('sha256').update(read(LOCK_FILE) ?? '');
  const settings = ['tsconfig.json', 'tsconfig.base.json'].map((name) => join(ROOT, name));
  const workspaces = compiledWorkspaces();
  const sources = workspaces.flatMap(({ folder, sourceFolders }) => [
    join(folder, 'tsconfig.json'),
    join(folder, 'package.json'),
    ...sourceFolders.flatMap(filesUnder),
  ]);
  const page = ['index.html', 'vite.config.ts'].map((name) => join(CONSOLE, name));
  for (const file of [...settings, ...page, ...sources]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${relative(ROOT, file)} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/** tsc leaves the output of a deleted source behind, where a test run or an import would still find it. */
export function removeOrphans({ sourceRoot, outputRoot }) {
  for (const file of filesUnder(outputRoot)) {
    const stem = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(relative(outputRoot, file))?.[1];
    const hasSource = ['.ts', '.tsx'].some((ending) => existsSync(join(sourceRoot, `${stem}${ending}`)));
    if (stem !== undefined && !hasSource) rmSync(file);
  }
}

function say(line) {
  console.error(`signalbox: ${line}`);
}

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
