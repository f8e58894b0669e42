import { connect } from 'node:net';

/** What a loopback server says first: after `question` when it waits to be asked. Empty when it says nothing in time. */
export function greeting(port: number, question = '', timeoutMs = 1_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (words: string) => {
      socket.destroy();
      resolve(words);
    };
    socket.setTimeout(timeoutMs, () => finish(''));
    socket.once('error', () => finish(''));
    socket.once('close', () => finish(''));
    socket.once('data', (data) => finish(data.toString()));
    socket.write(question);
  });
}
