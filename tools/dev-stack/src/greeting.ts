import { connect } from 'node:net';

const TIMEOUT_MS = 1_000;

/** What a loopback server says first: after `question` when it waits to be asked. Empty when it says nothing. */
export function greeting(port: number, question = ''): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (words: string) => {
      socket.destroy();
      resolve(words);
    };
    socket.setTimeout(TIMEOUT_MS, () => finish(''));
    socket.once('error', () => finish(''));
    socket.once('close', () => finish(''));
    socket.once('data', (data) => finish(data.toString()));
    socket.write(question);
  });
}
