import { pino, type DestinationStream, type Logger } from 'pino';
import { Correlation } from '../correlation.js';
import { REDACTED } from '../settings/load-settings.js';
import type { PlatformSettings } from '../settings/platform-settings.js';

export type { Logger } from 'pino';

/** The process's logger in Nest's container. */
export const LOGGER = Symbol('logger');

const SECRET_FIELDS = [
  'authorization',
  'token',
  'secret',
  'password',
  'tokenSecret',
  'credential',
  'privateKey',
];

/**
 * JSON lines on stdout, or to `destination`. Each carries the correlation id of the work in progress; fields that
 * hold secrets are redacted at the root and one object deep, and so are authorization headers.
 */
export function createLogger(
  app: string,
  settings: Pick<PlatformSettings, 'logLevel' | 'replicaId'>,
  destination?: DestinationStream,
): Logger {
  const options = {
    level: settings.logLevel,
    base: { app, replicaId: settings.replicaId },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => {
      const correlationId = Correlation.id();
      return correlationId === undefined ? {} : { correlationId };
    },
    // A line that names its own correlation id knows better than the context it is written from.
    mixinMergeStrategy: (line: object, mixin: object) => ({ ...mixin, ...line }),
    redact: {
      paths: [
        ...SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
        '*.headers.authorization',
        '*.headers.cookie',
      ],
      censor: REDACTED,
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
