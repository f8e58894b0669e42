import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** A gateway in a process of its own: to be killed. */
export class GatewayProcess {
  private child: ChildProcess | undefined;

  constructor(private readonly env: Record<string, string>) {}

  /** Resolves when it says that it is ready, with its address. */
  async start(): Promise<string> {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, LOG_LEVEL: 'warn', ...this.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('ready ')) return line.slice('ready '.length);
    }
    throw new Error(`the gateway ended before it was ready: ${child.exitCode}`);
  }

  async kill(): Promise<void> {
    const { child } = this;
    // One that was killed has no exit code: its end would be waited for in vain.
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
