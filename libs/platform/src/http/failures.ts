import { HttpException } from '@nestjs/common';
import { SignalboxError, type ErrorCode } from '@signalbox/contracts';

const FASTIFY_FAILURES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['MALFORMED_JSON', 'The body is not valid JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'MALFORMED_JSON',
    'The body is not as long as its Content-Length says',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ['BODY_TOO_LARGE', 'The body is larger than 1 MiB'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json'],
  FST_ERR_BAD_URL: ['VALIDATION_FAILED', 'The path is not a valid URL'],
  FST_ERR_MAX_PARAM_LENGTH: ['NOT_FOUND', 'There is nothing at this path'],
};

const BY_STATUS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  400: ['VALIDATION_FAILED', 'The request is not valid'],
  401: ['UNAUTHENTICATED', 'A bearer token is required'],
  403: ['FORBIDDEN', 'This is not allowed'],
  404: ['NOT_FOUND', 'There is nothing at this path'],
  405: ['METHOD_NOT_ALLOWED', 'This path does not take this method'],
  409: ['CONFLICT', 'The request conflicts with the present state'],
  413: ['BODY_TOO_LARGE', 'The body is larger than 1 MiB'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json'],
  429: ['RATE_LIMITED', 'Too many requests'],
  503: ['DEPENDENCY_UNAVAILABLE', 'Something this needs is away; try again'],
};

/**
 * The failure to answer with for anything thrown. What is not an expected failure becomes INTERNAL, and
 * nothing of its message leaves the process.
 */
export function failureOf(thrown: unknown): SignalboxError {
  if (thrown instanceof SignalboxError) return thrown;
  const cause = (thrown instanceof HttpException ? thrown.cause : thrown) as ServerError | undefined;
  if (isAbandoned(cause)) return new SignalboxError('VALIDATION_FAILED', 'The body did not arrive whole');
  const known = FASTIFY_FAILURES[String(cause?.code)];
  const status = thrown instanceof HttpException ? thrown.getStatus() : undefined;
  const [code, message] = known ??
    BY_STATUS[status ?? 500] ?? ['INTERNAL', 'Something went wrong on our side'];
  return new SignalboxError(code, message);
}

interface ServerError {
  code?: unknown;
  statusCode?: unknown;
}

/** The client went away while it sent its body: Fastify gives the socket's error the status 400. */
function isAbandoned(cause: ServerError | undefined): boolean {
  return cause?.code === 'ECONNRESET' && cause.statusCode === 400;
}
