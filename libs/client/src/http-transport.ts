import type {
  BatchAccepted,
  BatchRequest,
  BatchRequestView,
  DecisionAnswer,
  DecisionRequest,
} from '@signalbox/contracts';
import { Pool } from 'undici';
import { retryAfterSeconds } from './retry-after.js';
import { open, unavailable, type BatchTransport, type Notice, type Transport } from './transport.js';

/** A bearer token, or a function asked for one at each request, for tokens that expire. */
export type Token = string | (() => string | Promise<string>);

export interface HttpTransportOptions {
  /** Where Signalbox listens, with any path prefix: `http://localhost:3000`. */
  url: string;
  token: Token;
  timeoutMs: number;
}

/** Questions and notices as JSON over kept-alive connections. */
export class HttpTransport implements Transport, BatchTransport {
  readonly lanes = 8;
  readonly batches = this;
  private readonly pool: Pool;
  private readonly basePath: string;

  constructor(private readonly options: HttpTransportOptions) {
    const url = new URL(options.url);
    this.basePath = `${url.pathname.replace(/\/$/, '')}/api/v1`;
    this.pool = new Pool(url.origin, { connections: CONNECTIONS });
  }

  decide(request: DecisionRequest): Promise<DecisionAnswer> {
    return this.send('POST', `${COORDINATION}/execute-coordination`, { body: request });
  }

  async deliver(notice: Notice): Promise<void> {
    const { eventId, occurredAt: _, ...body } = notice.body;
    const endpoint = notice.kind === 'outcome' ? 'report-outcome' : 'backend-agent-error';
    await this.send('POST', `${COORDINATION}/${endpoint}`, { body, correlationId: eventId });
  }

  acceptBatch(request: BatchRequest, waitMs: number): Promise<BatchAccepted | BatchRequestView> {
    return this.send('POST', `${BATCH_REQUEST}${waiting(waitMs)}`, { body: request, waitMs });
  }

  batchRequest(requestId: string, waitMs: number): Promise<BatchRequestView> {
    const path = `${BATCH_REQUEST}/${encodeURIComponent(requestId)}${waiting(waitMs)}`;
    return this.send('GET', path, { waitMs });
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async send<T>(
    method: 'GET' | 'POST',
    path: string,
    { body, correlationId, waitMs = 0 }: { body?: object; correlationId?: string; waitMs?: number },
  ): Promise<T> {
    const { token, timeoutMs } = this.options;
    const headers: Record<string, string> = {
      authorization: `Bearer ${typeof token === 'string' ? token : await token()}`,
    };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (correlationId !== undefined) headers['x-correlation-id'] = correlationId;
    const text = body === undefined ? null : JSON.stringify(body);
    const answer = await this.exchange(method, path, headers, text, timeoutMs + waitMs);
    return open(answer.body, answer.retryAfter);
  }

  private async exchange(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body: string | null,
    timeoutMs: number,
  ) {
    try {
      const response = await this.pool.request({
        method,
        path: `${this.basePath}/${path}`,
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

const COORDINATION = 'enhanced-traffic-coordination';
const BATCH_REQUEST = 'external-services/batch-request';

function waiting(waitMs: number): string {
  return waitMs > 0 ? `?wait=${waitMs}` : '';
}

/** Decisions take about a millisecond, so this many connections carry thousands of calls a second. */
const CONNECTIONS = 16;
