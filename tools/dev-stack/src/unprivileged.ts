import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from './server.js';

/** PostgreSQL refuses to run as root, so root hands it to the user that owns nothing. */
const UNPRIVILEGED_USER = 'nobody';

export interface Owner {
  uid: number;
  gid: number;
}

/** Who must own PostgreSQL's files; null when that is simply the user who runs this. */
export function unprivilegedOwner(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, UNPRIVILEGED_USER], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** `command` as `owner`, who may have to pass folders closed to others (a checkout under /root) to reach `paths`. */
export function asOwner(owner: Owner | null, command: Command, paths: string[]): Command {
  if (!owner) return command;
  if (paths.every(isOpenToOthers)) return { ...command, ...owner };
  return {
    file: 'setpriv',
    args: [
      ...[`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'],
      // The capability alone would do for open(2); access(2) honours it only with the last of the three.
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
      '--securebits=+no_setuid_fixup',
      command.file,
      ...command.args,
    ],
  };
}

function isOpenToOthers(path: string): boolean {
  const OTHERS_MAY_ENTER = 0o001;
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & OTHERS_MAY_ENTER) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
