import { spawn } from 'node:child_process';
import { ROOT } from './paths.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** A failure whose message says all there is to say: shown without a stack. */
export class Failure extends Error {}

/** Runs a program to its end and resolves with its exit code; signals to this process are passed on to it. */
export function runToEnd(file, args, { stdout = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: ROOT, stdio: ['ignore', stdout, 'inherit'] });
    const pass = (signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, pass);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const each of SIGNALS) process.off(each, pass);
      if (signal) process.kill(process.pid, signal);
      else resolve(code);
    });
  });
}
