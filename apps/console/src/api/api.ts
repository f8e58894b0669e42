import type { Envelope, FieldError } from '@signalbox/contracts';

/** An answer that is none: what the server says of it, in words for people. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: unknown,
    readonly correlationId: string | null,
    readonly retryAfterSeconds: number | null,
  ) {
    super(message);
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One request below `/api/v1`. Rejects with {@link ApiFailure}; status 0 when no answer came. */
export async function request<T>(method: Method, path: string, token: string, body?: unknown): Promise<T> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw unreachable(0);
  });
  const envelope = (await response.json().catch(() => null)) as Envelope<T> | null;
  if (envelope?.success === true) return envelope.data;
  // What stands before Signalbox says that it cannot reach it.
  if (envelope === null && response.status >= 502) throw unreachable(response.status);
  const retryAfter = Number(response.headers.get('retry-after'));
  throw new ApiFailure(
    response.status,
    envelope?.error.code ?? 'UNREADABLE',
    envelope?.error.message ?? `The server answered ${response.status} and nothing that can be read`,
    envelope?.error.details ?? null,
    envelope?.correlationId ?? null,
    retryAfter > 0 ? retryAfter : null,
  );
}

function unreachable(status: number): ApiFailure {
  return new ApiFailure(status, 'UNREACHABLE', 'Signalbox cannot be reached', null, null, null);
}

/** What is wrong with each field by its path, as a form shows it; empty where the error names none. */
export function fieldErrors({ details }: ApiFailure): Record<string, string> {
  const { fields } = (details ?? {}) as { fields?: unknown };
  if (!Array.isArray(fields)) return {};
  return Object.fromEntries((fields as FieldError[]).map(({ path, message }) => [path, message]));
}
