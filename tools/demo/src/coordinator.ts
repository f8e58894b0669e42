import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@signalbox/platform';

const PROGRAM = fileURLToPath(new URL('./coordinator-process.js', import.meta.url));
/** Log lines kept to explain a start that failed. */
const LINES_KEPT = 20;

export interface Coordinator {
  url: string;
  stop(): Promise<void>;
}

/** Starts a routing coordinator in a process of its own, with every other app if told to, and resolves once it listens. */
export async function startCoordinator(env: Environment, withAllApps: boolean): Promise<Coordinator> {
  const child = fork(PROGRAM, withAllApps ? ['--all'] : [], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const url = await readyUrl(child);
  return {
    url,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The address in its `ready` line; rejects with its last words when it exits instead. */
function readyUrl(child: ChildProcess): Promise<string> {
  const lastLines: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
      lastLines.push(line);
      if (lastLines.length > LINES_KEPT) lastLines.shift();
    });
    child.once('exit', (code) =>
      reject(new Error(`The coordinator ended with ${code}:\n${lastLines.join('\n')}`)),
    );
  });
}
