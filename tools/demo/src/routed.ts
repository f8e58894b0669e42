import { createClient, SignalboxError, type AttemptRecord, type SignalboxClient } from '@signalbox/client';
import type { Journal } from './journal.js';
import type { LaneRunner } from './traffic.js';

export interface RoutedLane {
  run: LaneRunner;
  close(): Promise<void>;
}

/** The caller of Samsara raises the alarm itself, at most this often. */
const ALARM_EVERY_MS = 5_000;

export interface RoutedOptions {
  url: string;
  natsUrl: string;
  token: string;
  journal: Journal;
  /** The client's patience for Signalbox; its own default when absent. */
  decisionTimeoutMs?: number | undefined;
}

/** The lane of the product: every call through a client of Signalbox, over HTTP or NATS. */
export function routed({ url, natsUrl, token, journal, decisionTimeoutMs }: RoutedOptions): RoutedLane {
  let alarmedAtMs = Number.NEGATIVE_INFINITY;

  const onAttempt = (record: AttemptRecord) => {
    const { serviceName: service, nodeId, attempt, outcome, latencyMs } = record;
    const endedAtMs = journal.nowMs();
    const startedAtMs = endedAtMs - latencyMs;
    journal.attempts.push({ lane: 'signalbox', service, nodeId, attempt, startedAtMs, endedAtMs, outcome });
    if (service === 'samsara' && outcome === 'timeout' && endedAtMs - alarmedAtMs > ALARM_EVERY_MS) {
      alarmedAtMs = endedAtMs;
      alarm(nodeId);
    }
  };
  const options = { onAttempt, ...(decisionTimeoutMs === undefined ? {} : { timeoutMs: decisionTimeoutMs }) };
  const clients: Record<'http' | 'nats', SignalboxClient> = {
    http: createClient({ url, token, ...options }),
    nats: createClient({ transport: 'nats', nats: { servers: natsUrl }, ...options }),
  };
  const alarm = (nodeId: string) =>
    clients.nats.emitError({
      errorType: 'performance_degradation',
      serviceName: 'samsara',
      operation: 'gps_tracking',
      severity: 'high',
      errorMessage: 'GPS tracking response time exceeded 2000ms threshold',
      businessImpact: { revenueAtRisk: 2000, customerImpact: 'moderate', timeToResolution: 15 },
      errorDetails: {
        failedProviders: [nodeId],
        cascadingServices: ['route_optimization', 'driver_notifications'],
      },
      streamId: 'error_stream_samsara_demo',
    });

  return {
    async run(workload, n) {
      const { service, operation, priority, transport, attemptTimeoutMs } = workload;
      const requestMetadata = { requestId: `${service}-${n}`, priority };
      return clients[transport]
        .call(
          service,
          ({ node, baseUrl, signal }) => workload.send(n, { nodeId: node.nodeId, baseUrl, signal }),
          {
            operation,
            attemptTimeoutMs,
            ...workload.repeatable(n),
            routingContext: { requestMetadata },
          },
        )
        .then(
          () => 'success' as const,
          (error: unknown) => (error instanceof SignalboxError ? 'refused' : 'failure'),
        );
    },
    async close() {
      await Promise.all([clients.http.close(), clients.nats.close()]);
    },
  };
}
