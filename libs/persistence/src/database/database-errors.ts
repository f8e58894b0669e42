import { SignalboxError } from '@signalbox/contracts';

/** SQLSTATE classes and codes that say the server cannot serve now, whatever the query was. */
const UNAVAILABLE_STATES = [
  '08', // connection exception
  '53', // insufficient resources: disk, memory, connections
  '57P', // shut down, crashed, starting up
  '57014', // cancelled: the statement timeout
  '55P03', // lock timeout
  '25006', // read-only: a failover has left us on a standby
];

/** Failures below SQL: the socket's, Node's resolver's. */
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // the server's unix socket is gone
]);

/** `pg` and TypeORM tell these by message only. */
const LOST_CONNECTION =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|query read timeout|not queryable|client was closed|query ?runner already released|driver not connected|pool after calling end/i;

/** True when the failure says that the database is away or overloaded, not that the query was wrong. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (code !== undefined && SOCKET_CODES.has(code)) return true;
  if (code !== undefined && UNAVAILABLE_STATES.some((state) => code.startsWith(state))) return true;
  return LOST_CONNECTION.test(error.message) || isUnavailable(error.cause);
}

/** The server is there and lets us not in: wrong user or password (class 28), or no such database. */
export function isRefused(error: unknown): boolean {
  const code = codeOf(error);
  return code === '3D000' || code?.startsWith('28') === true;
}

/** What happened, for a log; Node gives the failures of several addresses no message of their own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** The query was sent and no answer came at all: the connections made so far may all be dead. */
export function isSilence(error: unknown): boolean {
  return error instanceof Error && /query read timeout/i.test(error.message);
}

/** SQLSTATE of a refused statement, or Node's error code; undefined where there is none. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

export function unavailable(cause: unknown): SignalboxError {
  // The reason stays in `cause` for the log: addresses and SQL are no business of a caller.
  const error = new SignalboxError('DEPENDENCY_UNAVAILABLE', 'The database is not available', {
    dependency: 'postgresql',
  });
  error.cause = cause;
  return error;
}
