import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pollUntil } from './poll.js';
import { identify, isAlive, type ProcessIdentity } from './process-identity.js';

const OWNER_FILE = 'owner.json';
const PID_SUFFIX = '.pid.json';
const STOP_TIMEOUT_MS = 5_000;
/** Between making a file of a few bytes and writing them. */
const WRITTEN_WITHIN_MS = 2_000;

/**
 * The folder that one process keeps its servers' data in. Pid files tell a killed run's servers from
 * processes that were given the same pids later, so that only our own are ever ended.
 */
export class DataDir {
  private constructor(readonly path: string) {}

  /**
   * Takes the folder for this process and ends what a killed run left behind.
   * Rejects when another live process (or an earlier call in this one) has it.
   */
  static async claim(path: string, log: (line: string) => void): Promise<DataDir> {
    await mkdir(path, { recursive: true });
    await claimOwnership(path);
    await endLeftovers(path, log);
    return new DataDir(path);
  }

  /** The folder of one server. */
  async folder(name: string): Promise<string> {
    const folder = join(this.path, name);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async recordServer(name: string, pid: number): Promise<void> {
    await writeFile(join(this.path, name + PID_SUFFIX), JSON.stringify(identify(pid)));
  }

  async forgetServer(name: string): Promise<void> {
    await rm(join(this.path, name + PID_SUFFIX), { force: true });
  }

  async release(): Promise<void> {
    await rm(join(this.path, OWNER_FILE), { force: true });
  }
}

async function endLeftovers(path: string, log: (line: string) => void): Promise<void> {
  const files = (await readdir(path).catch(ignoreRemoved)).filter((file) => file.endsWith(PID_SUFFIX));
  await Promise.all(
    files.map(async (file) => {
      const leftover = await readIdentity(join(path, file));
      if (leftover && isAlive(leftover)) {
        const name = file.slice(0, -PID_SUFFIX.length);
        log(`ending ${name} (pid ${leftover.pid}), left behind by a run that was killed`);
        await end(leftover);
      }
      await rm(join(path, file), { force: true });
    }),
  );
}

/** Removes those folders under `parent` whose owner was killed, after ending the servers it left running. */
export async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const owner = await readIdentity(join(path, OWNER_FILE));
    if (!owner || isAlive(owner)) continue;
    await endLeftovers(path, () => undefined);
    await rm(path, { recursive: true, force: true });
  }
}

/** Another process may be removing the same abandoned folder. */
function ignoreRemoved(error: NodeJS.ErrnoException): string[] {
  if (error.code !== 'ENOENT') throw error;
  return [];
}

async function claimOwnership(path: string): Promise<void> {
  const file = join(path, OWNER_FILE);
  const me = JSON.stringify(identify(process.pid));
  for (;;) {
    try {
      await writeFile(file, me, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = await readWritten(file);
    if (owner && isAlive(owner)) {
      throw new Error(
        `${path} is in use by process ${owner.pid}. Stop it, or set DATA_DIR to another folder for this one.`,
      );
    }
    await rm(file, { force: true });
  }
}

/** As {@link readIdentity}, for a file that may have been made just now and not yet been written to. */
async function readWritten(file: string): Promise<ProcessIdentity | null> {
  let identity: ProcessIdentity | null = null;
  await pollUntil(async () => (identity = await readIdentity(file)) !== null, WRITTEN_WITHIN_MS);
  return identity;
}

/** Null when the file is missing or was cut short by a crash: then nothing can be told about its process. */
async function readIdentity(file: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}

/** SIGINT: PostgreSQL's fast shutdown (SIGTERM would wait for its clients); NATS and Redis end on it too. */
async function end(leftover: ProcessIdentity): Promise<void> {
  signal(leftover, 'SIGINT');
  const ended = await pollUntil(() => !isAlive(leftover), STOP_TIMEOUT_MS);
  if (ended) return;
  signal(leftover, 'SIGKILL');
  await pollUntil(() => !isAlive(leftover), STOP_TIMEOUT_MS);
}

/** It may end by itself just now, or by another run that found it too. */
function signal({ pid }: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
