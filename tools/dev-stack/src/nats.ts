import { greeting } from './greeting.js';
import type { ServerKind } from './server.js';

export function natsServer(binary: string): ServerKind {
  return {
    name: 'nats',
    stopSignal: 'SIGTERM',
    url: (port) => `nats://127.0.0.1:${port}`,
    command: (port, folder) => ({
      file: binary,
      args: ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', folder],
    }),
    isReady: async (port) => /^INFO .*"jetstream":true/.test(await greeting(port)),
  };
}
