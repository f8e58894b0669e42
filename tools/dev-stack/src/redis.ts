import { greeting } from './greeting.js';
import type { ServerKind } from './server.js';

export function redisServer(binary: string): ServerKind {
  return {
    name: 'redis',
    stopSignal: 'SIGTERM',
    url: (port) => `redis://127.0.0.1:${port}`,
    command: (port, folder) => ({
      file: binary,
      args: [
        ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
        // Every write is in the append-only file before it is acknowledged: a killed server forgets nothing.
        ...['--appendonly', 'yes', '--save', ''],
      ],
    }),
    // While it loads its file Redis answers -LOADING.
    isReady: async (port) => (await greeting(port, 'PING\r\n')).startsWith('+PONG'),
  };
}
