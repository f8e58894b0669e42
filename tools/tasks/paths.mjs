import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A workspace that the compiler builds: where its sources are and where their output goes. */
export function compiledWorkspaces() {
  return readJson(join(ROOT, 'tsconfig.json')).references.map(({ path }) => {
    const { compilerOptions, include } = readJson(join(ROOT, path, 'tsconfig.json'));
    const folder = join(ROOT, path);
    return {
      folder,
      sourceRoot: join(folder, compilerOptions.rootDir),
      sourceFolders: include.map((name) => join(folder, name)),
      outputRoot: join(folder, compilerOptions.outDir),
    };
  });
}

/** Every file under a folder, whole paths; none when there is no such folder. */
export function filesUnder(folder) {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
