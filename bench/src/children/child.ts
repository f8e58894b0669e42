import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A program measured in a process of its own. It sends `{ ready: … }` when it can be measured. */
export interface Child<Ready> {
  ready: Ready;
  /** Sends a word over IPC, and resolves with what the answer holds under it: `usage` → `{ usage: … }`. */
  ask<Answer>(word: string): Promise<Answer>;
  /** Sends a word that needs no answer. */
  tell(word: string): void;
  stop(): Promise<void>;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
}

/** Starts `children/<name>.js` with these variables added to the environment. */
export async function startChild<Ready>(name: string, env: Record<string, string>): Promise<Child<Ready>> {
  const child = fork(new URL(`./${name}.js`, import.meta.url), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [message] = (await Promise.race([once(child, 'message'), exitOf(child, name)])) as [{ ready: Ready }];
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  const ask = async <Answer>(word: string): Promise<Answer> => {
    const answered = once(child, 'message') as Promise<[Record<string, Answer>]>;
    child.send(word);
    const [answer] = await Promise.race([answered, exitOf(child, name)]);
    return answer[word] as Answer;
  };
  const tell = (word: string): void => void child.send(word);
  return { ready: message.ready, ask, tell, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

async function exitOf(child: ChildProcess, name: string): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`${name} ended with ${code} before it was ready`);
}
