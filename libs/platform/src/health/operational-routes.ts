import { ok, SignalboxError } from '@signalbox/contracts';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.js';
import type { HealthRegistry } from './health-registry.js';

/** What the platform underneath asks: is it alive, may it have traffic, how does it do. Outside `/api/v1`. */
export function addOperationalRoutes(
  server: FastifyInstance,
  health: HealthRegistry,
  metrics: Metrics,
): void {
  const config = { operational: true };
  server.get('/livez', { config }, async () => ok({ alive: true }));
  server.get('/readyz', { config }, async () => {
    if (health.isReady()) return ok({ ready: true, components: health.components() });
    if (health.isDraining()) throw new SignalboxError('SHUTTING_DOWN', 'This replica is shutting down');
    throw new SignalboxError('DEPENDENCY_UNAVAILABLE', 'This replica is not ready', {
      reasons: health.reasons(),
    });
  });
  server.get('/metrics', { config }, async (_request, reply) => {
    reply.header('content-type', metrics.contentType);
    return metrics.text();
  });
}
