import assert from 'node:assert/strict';
import type { Envelope, ErrorCode, Failure, Role, ServiceName } from '@signalbox/contracts';
import { issueDevelopmentToken } from '@signalbox/platform';

const ISSUER = { nodeEnv: 'test', tokenIssuer: 'signalbox', tokenAudience: 'signalbox' } as const;
let callers = 0;

export interface TokenOf {
  role: Role;
  /** Somebody new when absent: limits are per caller, and a test must not live on another's. */
  subject?: string;
  services?: ServiceName[];
  /** Below zero: it has ended already. */
  expiresInSeconds?: number;
}

export function tokenOf({
  role,
  subject = `${role}-${++callers}`,
  services,
  expiresInSeconds,
}: TokenOf): Promise<string> {
  return issueDevelopmentToken(
    {
      role,
      subject,
      ...(services === undefined ? {} : { services }),
      ...(expiresInSeconds === undefined ? {} : { ttlSeconds: expiresInSeconds }),
    },
    ISSUER,
  );
}

/** Who makes a request: somebody new of a role, the bearer of a token, or nobody. */
type As = Role | { token: string } | null;

export interface CallOptions {
  as?: As;
  /** Sent as JSON; a string goes as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** An answer of the API in its envelope. */
export class Answer<T> {
  constructor(
    readonly status: number,
    readonly headers: Headers,
    readonly body: Envelope<T>,
  ) {}

  /** The `data` of a success; a failed assertion for anything else. */
  get data(): T {
    assert.ok(this.body.success, `${this.status} ${JSON.stringify(this.body)}`);
    return this.body.data;
  }

  get error(): Failure['error'] {
    assert.ok(!this.body.success, `${this.status} ${JSON.stringify(this.body)}`);
    return this.body.error;
  }

  get code(): ErrorCode | undefined {
    return this.body.success ? undefined : this.body.error.code;
  }

  /** The paths of the fields that a validation failure names. */
  get badFields(): string[] {
    const { fields } = (this.error.details ?? { fields: [] }) as { fields: { path: string }[] };
    return fields.map(({ path }) => path);
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';

/** The REST API of one process, paths below `/api/v1`. */
export class RestApi {
  constructor(readonly url: string) {}

  async call<T = unknown>(method: Method, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const { as = 'admin', body, headers = {} } = options;
    const token = typeof as === 'string' ? await tokenOf({ role: as }) : as?.token;
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return new Answer(response.status, response.headers, (await response.json()) as Envelope<T>);
  }

  get<T>(path: string, options?: CallOptions): Promise<Answer<T>> {
    return this.call<T>('GET', path, options);
  }

  post<T>(path: string, body?: unknown, options?: CallOptions): Promise<Answer<T>> {
    return this.call<T>('POST', path, { ...options, body });
  }

  put<T>(path: string, body: unknown, options?: CallOptions): Promise<Answer<T>> {
    return this.call<T>('PUT', path, { ...options, body });
  }

  delete<T>(path: string, options?: CallOptions): Promise<Answer<T>> {
    return this.call<T>('DELETE', path, options);
  }
}
