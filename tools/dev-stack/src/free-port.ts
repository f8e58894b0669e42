import { createServer } from 'node:net';

const LOWEST = 20_000;
/** Linux takes the ports of outgoing connections from 32,768 up, macOS from 49,152. */
const EPHEMERAL = 32_768;

/**
 * A loopback port nobody listens on. It lies below the ephemeral range: there, a client that keeps
 * reconnecting to a killed server could be given the server's own port and hold it against its restart.
 * Another process can still take the port before its user does: who starts a server retries with a new one.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (EPHEMERAL - LOWEST));
    if (await canListen(port)) return port;
  }
  throw new Error(`no free loopback port between ${LOWEST} and ${EPHEMERAL}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
