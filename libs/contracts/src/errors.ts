/**
 * Every error code an answer can carry and the HTTP status it travels with. What causes each and what to
 * check is in docs/failure-modes.md.
 */
export const ERROR_STATUS = {
  VALIDATION_FAILED: 400,
  MALFORMED_JSON: 400,
  UNAUTHENTICATED: 401,
  TOKEN_EXPIRED: 401,
  TOKEN_REVOKED: 401,
  FORBIDDEN: 403,
  SERVICE_NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  UNKNOWN_SERVICE: 404,
  UNKNOWN_NODE: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  VERSION_CONFLICT: 409,
  OVERRIDE_ALREADY_ACTIVE: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  NO_ELIGIBLE_NODE: 422,
  BUDGET_EXHAUSTED: 422,
  IMPOSSIBLE_CONFIGURATION: 422,
  RATE_LIMITED: 429,
  TRAFFIC_SHED: 429,
  INTERNAL: 500,
  DEPENDENCY_UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/** One bad field: `path` is dotted from the body's root (`routingContext.budgetConstraints.remainingBudget`). */
export interface FieldError {
  path: string;
  message: string;
}

/**
 * An expected failure with its wire code. Libraries and use cases throw it; the HTTP and NATS edges turn it
 * into the failure envelope. `details` is shown to the caller: nothing internal goes in.
 */
export class SignalboxError extends Error {
  override readonly name = 'SignalboxError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details?: unknown,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }
}
