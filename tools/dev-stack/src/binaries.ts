import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** `chromium` is for tests of the web page; everything else goes without it. */
export type Binary = 'nats-server' | 'redis-server' | 'chromium';

/** Other names that programs go by. */
const ALSO_NAMED: Partial<Record<Binary, readonly string[]>> = {
  chromium: ['chromium-browser', 'google-chrome', 'google-chrome-stable'],
};

/** Debian keeps servers where an ordinary user's PATH does not look, Homebrew where a service's does not. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];
/** invoke-rc.d(8) asks this file before it starts the service of a package just installed. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';
const run = promisify(execFile);

/**
 * The servers' programs: those on this machine, else installed by apt when this is root on Debian or Ubuntu.
 * Rejects with the commands to type where neither works.
 */
export async function findBinaries(
  wanted: readonly Binary[],
  log: (line: string) => void,
): Promise<Map<Binary, string>> {
  const missing = await without(wanted);
  if (missing.length > 0) {
    if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw howToGet(missing);
    log(`installing ${missing.join(' and ')} with apt-get`);
    await aptInstall(missing).catch((error: Error) => {
      throw howToGet(missing, error.message);
    });
  }
  const found = new Map<Binary, string>();
  for (const binary of wanted) {
    const path = await onThisMachine(binary);
    if (path === null) throw howToGet([binary]);
    found.set(binary, path);
  }
  return found;
}

async function without(wanted: readonly Binary[]): Promise<Binary[]> {
  const paths = await Promise.all(wanted.map(onThisMachine));
  return wanted.filter((_, index) => paths[index] === null);
}

async function onThisMachine(binary: Binary): Promise<string | null> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of [binary, ...(ALSO_NAMED[binary] ?? [])]) {
    for (const folder of [...folders, ...MORE_FOLDERS]) {
      const path = join(folder, name);
      const runs = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (runs) return path;
    }
  }
  return null;
}

/** The packages are named like their programs. Only the programs are wanted: their services stay off. */
async function aptInstall(packages: Binary[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const ownPolicy = !existsSync(SERVICE_POLICY);
  if (ownPolicy) await writeFile(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await run('apt-get', ['update'], { env });
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env });
    // Nor may they start with the next boot. Without systemd (a container) nothing would start them.
    await run('systemctl', ['disable', ...packages]).catch(() => undefined);
  } finally {
    if (ownPolicy) await rm(SERVICE_POLICY, { force: true });
  }
}

const COMPOSE = [
  '  Docker Compose:  docker compose up -d --wait && \\',
  '                   export NATS_URL=nats://127.0.0.1:4222 REDIS_URL=redis://127.0.0.1:6379 \\',
  '                   DATABASE_URL=postgres://signalbox:signalbox@127.0.0.1:5432/signalbox',
];

function howToGet(missing: readonly Binary[], reason?: string): Error {
  const names = missing.join(' and ');
  const brew = missing.map((binary) => (binary === 'redis-server' ? 'redis' : binary));
  return new Error(
    [
      `${names} ${missing.length === 1 ? 'is' : 'are'} needed and could not be found on this machine.`,
      ...(reason ? [`Installing failed: ${reason.trim()}`] : []),
      `  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install -y ${missing.join(' ')}`,
      `  macOS:           brew install ${brew.join(' ')}`,
      ...(missing.includes('chromium') ? [] : COMPOSE),
    ].join('\n'),
  );
}
