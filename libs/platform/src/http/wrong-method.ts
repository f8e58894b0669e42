import { SignalboxError } from '@signalbox/contracts';
import type { FastifyInstance, HTTPMethods } from 'fastify';

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Notes each route as it is added; called when all are, it answers their other methods with 405 and `Allow`. */
export function wrongMethods(server: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    known.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...known]) {
      const others = METHODS.filter((method) => !methods.has(method));
      const allow = [...methods].join(', ');
      const refuse = async (_request: unknown, reply: { header(name: string, value: string): unknown }) => {
        reply.header('allow', allow);
        throw new SignalboxError('METHOD_NOT_ALLOWED', `This path takes ${allow}`);
      };
      if (others.length > 0) {
        // Refused before a body is read; the handler is never reached.
        server.route({
          method: others,
          url,
          config: { operational: true },
          onRequest: refuse,
          handler: refuse,
        });
      }
    }
  };
}
