import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { RestApi } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';

/** A worker in a process of its own. */
export class WorkerProcess extends RestApi {
  private constructor(
    url: string,
    readonly id: string,
    private readonly child: ChildProcess,
  ) {
    super(url);
  }

  static async start(id: string, env: Record<string, string>): Promise<WorkerProcess> {
    const child = fork(new URL('./worker-main.js', import.meta.url), {
      env: { ...process.env, NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'fatal', REPLICA_ID: id, ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    await eventually(async () => (await fetch(`${url}/readyz`)).ok);
    return new WorkerProcess(url, id, child);
  }

  /** SIGKILL: nothing is handed over. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}
