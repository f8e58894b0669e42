import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import { HealthRegistry } from './health/health-registry.js';
import type { Logger } from './logging/logger.js';

export interface ShutdownOptions {
  /** Longest wait for requests in flight, and again for the app's own hooks. */
  deadlineMs: number;
  logger: Logger;
  afterClose?: (() => Promise<void>) | undefined;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Drains and exits 0 on the first signal; a second one exits 1 at once. */
export function shutDownOnSignal(app: NestFastifyApplication, options: ShutdownOptions): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    options.logger.info({ signal }, 'shutting down');
    shutDown(app, options).then(
      () => process.exit(0),
      (error: unknown) => {
        options.logger.error({ err: error }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, stop);
}

/**
 * Not ready, then no new connections, then the requests in flight, and only then the hooks that close what
 * those requests use: Nest alone would run the hooks while requests still need their connections.
 */
async function shutDown(
  app: NestFastifyApplication,
  { deadlineMs, logger, afterClose }: ShutdownOptions,
): Promise<void> {
  app.get(HealthRegistry).drain();
  const drained = await settled(closed(app.getHttpServer()), deadlineMs);
  if (!drained) {
    logger.warn({ deadlineMs }, 'requests were still in flight at the deadline');
    app.getHttpServer().closeAllConnections();
  }
  if (!(await settled(app.close(), deadlineMs)))
    logger.warn({ deadlineMs }, 'shutdown hooks passed the deadline');
  await afterClose?.();
}

/** Often enough that a drained process is gone at once, to the eye. */
const SWEEP_MS = 50;

/** A connection kept alive after its last answer would hold the server open, so idle ones are swept. */
function closed(server: Server): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
  });
}

/** True when the work ended in time; a failure of the work rejects. */
async function settled(work: Promise<void>, deadlineMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), deadlineMs);
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
