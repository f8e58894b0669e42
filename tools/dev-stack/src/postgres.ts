import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries } from './postgres-binaries.js';
import type { ServerKind } from './server.js';
import { asOwner, unprivilegedOwner } from './unprivileged.js';

const SUPERUSER = 'signalbox';
const run = promisify(execFile);

/** Makes the cluster in `folder` where there is none, and tells how to run its server. */
export async function postgresServer(binaries: PostgresBinaries, folder: string): Promise<ServerKind> {
  const owner = unprivilegedOwner();
  const cluster = join(folder, 'cluster');
  if (!existsSync(cluster)) await createCluster(cluster);

  async function createCluster(target: string): Promise<void> {
    // Made aside and moved: a run killed in the middle leaves no half cluster under the real name.
    const unfinished = `${target}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    if (owner) await chown(unfinished, owner.uid, owner.gid);
    const args = ['--pgdata', unfinished, '--username', SUPERUSER, '--auth', 'trust', '--encoding', 'UTF8'];
    const command = { file: binaries.initdb, args: [...args, '--locale', 'C', '--no-sync'] };
    const { file, args: ownedArgs, ...identity } = asOwner(owner, command, [binaries.initdb, unfinished]);
    await run(file, ownedArgs, identity);
    await rename(unfinished, target);
  }

  return {
    name: 'postgres',
    // Fast shutdown: SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    url: (port) => `postgres://${SUPERUSER}@127.0.0.1:${port}/postgres`,
    command(port) {
      const settings = [
        'listen_addresses=127.0.0.1',
        `port=${port}`,
        'unix_socket_directories=',
        'max_connections=200',
      ];
      const args = ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])];
      return asOwner(owner, { file: binaries.postgres, args }, [binaries.postgres, cluster]);
    },
    isReady: async (_port, _folder, pid) => isServing(join(cluster, 'postmaster.pid'), pid),
  };
}

/** As pg_ctl tells it: line 1 is the server's pid (a killed one leaves the file), line 8 its status. */
async function isServing(pidFile: string, pid: number): Promise<boolean> {
  const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}
