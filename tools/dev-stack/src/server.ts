import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataDir } from './data-dir.js';
import { endWithThisProcess } from './exit.js';
import { freePort } from './free-port.js';
import { pollUntil } from './poll.js';

export type ServerName = 'nats' | 'redis' | 'postgres';

export interface Command {
  file: string;
  args: string[];
  uid?: number;
  gid?: number;
}

/** How one kind of server is started, asked and stopped. */
export interface ServerKind {
  name: ServerName;
  stopSignal: NodeJS.Signals;
  url(port: number): string;
  /** `folder` holds the server's data from one run to the next. */
  command(port: number, folder: string): Command;
  isReady(port: number, folder: string, pid: number): Promise<boolean>;
}

/** A cold disk and two busy cores: PostgreSQL's recovery after a kill has been seen to take seconds. */
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
/** Covers a port that somebody took first. */
const START_ATTEMPTS = 5;
const BETWEEN_ATTEMPTS_MS = 200;

/** One server process on a loopback port of its own, with its data under the stack's folder. */
export class Server {
  private child: ChildProcess | null = null;
  private port: number | null = null;

  constructor(
    private readonly kind: ServerKind,
    private readonly dataDir: DataDir,
    private readonly log: (line: string) => void,
  ) {}

  get url(): string {
    if (this.port === null) throw new Error(`${this.kind.name} was not started`);
    return this.kind.url(this.port);
  }

  /** Resolves when the server answers. A second start uses the first one's port. */
  async start(): Promise<void> {
    const folder = await this.dataDir.folder(this.kind.name);
    const startedAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      const port = this.port ?? (await freePort());
      if (await this.run(port, folder)) {
        this.port = port;
        this.log(`${this.kind.name} on port ${port} after ${Math.round(performance.now() - startedAt)} ms`);
        return;
      }
      if (attempt === START_ATTEMPTS) throw await this.startFailure(folder);
      await delay(BETWEEN_ATTEMPTS_MS);
    }
  }

  async stop(): Promise<void> {
    await this.end(this.kind.stopSignal);
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** False when the process ended before it was ready. */
  private async run(port: number, folder: string): Promise<boolean> {
    const { file, args, ...owner } = this.kind.command(port, folder);
    const output = await open(join(folder, 'server.log'), 'w');
    const child = spawn(file, args, {
      ...owner,
      cwd: folder,
      detached: true,
      // The pipe is for `end`: nobody writes to it, and it closes with the last process that was given it.
      stdio: ['ignore', output.fd, output.fd, 'pipe'],
    });
    const lifeline = child.stdio[3] as Socket;
    try {
      await once(child, 'spawn');
    } finally {
      await output.close();
    }
    // A process whose work is done may end: `exit.ts` takes the server with it.
    child.unref();
    lifeline.resume().unref();
    endWithThisProcess(child, this.kind.stopSignal);
    this.child = child;
    child.once('exit', (code, signal) => this.ended(child, code, signal));

    const { pid } = child;
    if (pid === undefined) return false;
    await this.dataDir.recordServer(this.kind.name, pid);
    const ready = await pollUntil(
      async () => this.child !== child || (await this.kind.isReady(port, folder, pid)),
      READY_TIMEOUT_MS,
    );
    if (!ready) await this.kill();
    return ready && this.child === child;
  }

  private ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.child !== child) return;
    this.child = null;
    this.log(`${this.kind.name} ended (${signal ?? `exit code ${code}`})`);
  }

  /**
   * Resolves when the server is gone and all that it forked has let go of its files and memory: the workers of a killed
   * PostgreSQL outlive it for a moment, write to its folder and hold the memory that it needs to start again.
   */
  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = null;
    child.ref();
    const exit = once(child, 'exit');
    const closed = once(child, 'close');
    child.kill(signal);
    const forced = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exit;
    clearTimeout(forced);
    // A worker that is stuck must not keep us for ever.
    const enough = new AbortController();
    await Promise.race([closed, delay(STOP_TIMEOUT_MS, undefined, { signal: enough.signal })]);
    enough.abort();
    await this.dataDir.forgetServer(this.kind.name);
  }

  private async startFailure(folder: string): Promise<Error> {
    const output = await readFile(join(folder, 'server.log'), 'utf8');
    const lastLines = output.trimEnd().split('\n').slice(-10).join('\n');
    return new Error(`${this.kind.name} did not start; its last words:\n${lastLines}`);
  }
}
