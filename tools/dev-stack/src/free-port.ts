import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';

const LOWEST = 20_000;
/** Linux takes the ports of outgoing connections from 32,768 up, macOS from 49,152. */
const EPHEMERAL = 32_768;

/**
 * A loopback port nobody listens on, and that this gives to nobody else while the process lives: a server that is
 * killed finds its port free when it comes back, however many runs look for ports meanwhile. It lies below the
 * ephemeral range: there, a client that keeps reconnecting to a killed server could be given the server's own port
 * and hold it against its restart. A process that takes its ports elsewhere can still be faster than the user of this
 * one: who starts a server tries again with a new one.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (EPHEMERAL - LOWEST));
    const claim = await claimOf(port);
    if (claim === null) continue;
    if (await canListen(port)) return port;
    claim.close();
  }
  throw new Error(`no free loopback port between ${LOWEST} and ${EPHEMERAL}`);
}

/** The UDP port of the same number, which nobody needs: one process can have it, and the system frees it at its end. */
function claimOf(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const claim = createSocket('udp4');
    claim.once('error', () => resolve(null));
    claim.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(claim.unref()));
  });
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
