import type { DecisionAnswer, DecisionRequest } from '@signalbox/contracts';
import { Pool } from 'undici';
import { retryAfterSeconds } from './retry-after.js';
import { open, unavailable, type Notice, type Transport } from './transport.js';

/** A bearer token, or a function asked for one at each request, for tokens that expire. */
export type Token = string | (() => string | Promise<string>);

export interface HttpTransportOptions {
  /** Where Signalbox listens, with any path prefix: `http://localhost:3000`. */
  url: string;
  token: Token;
  timeoutMs: number;
}

/** Questions and notices as JSON over kept-alive connections. */
export class HttpTransport implements Transport {
  readonly lanes = 8;
  private readonly pool: Pool;
  private readonly basePath: string;

  constructor(private readonly options: HttpTransportOptions) {
    const url = new URL(options.url);
    this.basePath = `${url.pathname.replace(/\/$/, '')}/api/v1/enhanced-traffic-coordination`;
    this.pool = new Pool(url.origin, { connections: CONNECTIONS });
  }

  decide(request: DecisionRequest): Promise<DecisionAnswer> {
    return this.post('execute-coordination', request);
  }

  async deliver(notice: Notice): Promise<void> {
    const { eventId, occurredAt: _, ...body } = notice.body;
    await this.post(notice.kind === 'outcome' ? 'report-outcome' : 'backend-agent-error', body, eventId);
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async post<T>(endpoint: string, body: object, correlationId?: string): Promise<T> {
    const { token, timeoutMs } = this.options;
    const headers: Record<string, string> = {
      authorization: `Bearer ${typeof token === 'string' ? token : await token()}`,
      'content-type': 'application/json',
    };
    if (correlationId !== undefined) headers['x-correlation-id'] = correlationId;
    const answer = await this.exchange(endpoint, headers, JSON.stringify(body), timeoutMs);
    return open(answer.body, answer.retryAfter);
  }

  private async exchange(endpoint: string, headers: Record<string, string>, body: string, timeoutMs: number) {
    try {
      const response = await this.pool.request({
        method: 'POST',
        path: `${this.basePath}/${endpoint}`,
        headers,
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const header = response.headers['retry-after'];
      const retryAfter = retryAfterSeconds(Array.isArray(header) ? header[0] : header, Date.now());
      return { body: await response.body.json(), retryAfter };
    } catch (error) {
      throw unavailable(`Signalbox at ${this.options.url} did not answer within ${timeoutMs} ms`, error);
    }
  }
}

/** Decisions take about a millisecond, so this many connections carry thousands of calls a second. */
const CONNECTIONS = 16;
