import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** A gateway in a process of its own: to be killed. */
export class GatewayProcess {
  private child: ChildProcess | undefined;
  private address: string | undefined;

  constructor(private readonly env: Record<string, string>) {}

  /**
   * Where it is now; undefined while it does not run. Another one after each start: while it was gone its port may have
   * been given to somebody else.
   */
  get url(): string | undefined {
    return this.address;
  }

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, LOG_LEVEL: 'warn', PORT: '0', ...this.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('ready ')) continue;
      this.address = line.slice('ready '.length);
      break;
    }
    if (this.address === undefined) {
      throw new Error(`the gateway ended before it was ready: ${child.exitCode}`);
    }
    // What it logs is read on: a full pipe would bring it to a halt.
    child.stdout.resume();
  }

  async kill(): Promise<void> {
    const { child } = this;
    this.address = undefined;
    // One that was killed has no exit code: its end would be waited for in vain.
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
