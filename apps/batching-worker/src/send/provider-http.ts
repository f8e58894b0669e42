import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PROVIDER_HOSTS, requestUrl, type HttpRequest, type HttpResponse } from '@signalbox/batching';
import type { OutcomeKind } from '@signalbox/contracts';
import { Agent, type Dispatcher } from 'undici';

/** To one provider, from this process. */
const CONNECTIONS = 64;
/** An answer beyond this is not read on: a merged call's is far smaller. */
const MAX_ANSWER_BYTES = 16 * 1024 ** 2;

/** What came of one HTTP request. `neverSent`: no byte of it can have reached the provider. */
export type Exchange =
  | { answered: true; response: HttpResponse }
  | {
      answered: false;
      outcome: Extract<OutcomeKind, 'timeout' | 'connection_error'>;
      neverSent: boolean;
      message: string;
    };

/** The connection was not there yet: the request cannot have been seen. */
const BEFORE_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Calls providers. Only the host of the node, or one that its provider documents beside it, is ever called. */
@Injectable()
export class ProviderHttp implements OnApplicationShutdown {
  private readonly agent = new Agent({ connections: CONNECTIONS, connect: { timeout: 5_000 } });

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /** Never rejects. The request is aborted when the time is up. */
  async exchange(baseUrl: string, request: HttpRequest, timeoutMs: number): Promise<Exchange> {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
    try {
      const answer = await this.agent.request({
        ...whereTo(baseUrl, request),
        method: request.method,
        headers: { ...request.headers },
        body: request.body,
        signal,
        // The signal alone decides: undici's own timers would end a slow answer earlier.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      return { answered: true, response: await readWhole(answer) };
    } catch (error) {
      return failed(error, signal.aborted, timeoutMs);
    }
  }
}

function whereTo(baseUrl: string, request: HttpRequest): { origin: string; path: string } {
  const url = new URL(requestUrl(baseUrl, request, PROVIDER_HOSTS));
  const allowed = [
    new URL(baseUrl).host,
    ...(request.origin === undefined ? [] : [new URL(request.origin).host]),
  ];
  // A path cannot leave the host, whatever is in it; this is the lock behind the lock.
  if (!allowed.includes(url.host) || url.username !== '' || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error(`${url.host} is not the node's host`);
  }
  return { origin: url.origin, path: `${url.pathname}${url.search}` };
}

async function readWhole(answer: Dispatcher.ResponseData): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
  return { status: answer.statusCode, headers, body: Buffer.concat(chunks).toString('utf8') };
}

function failed(error: unknown, timedOut: boolean, timeoutMs: number): Exchange {
  const code = codeOf(error);
  if (code !== undefined && BEFORE_CONNECTED.has(code)) {
    return {
      answered: false,
      outcome: 'connection_error',
      neverSent: true,
      message: `no connection: ${code}`,
    };
  }
  if (timedOut) {
    return {
      answered: false,
      outcome: 'timeout',
      neverSent: false,
      message: `no answer within ${Math.ceil(timeoutMs)} ms`,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    answered: false,
    outcome: 'connection_error',
    neverSent: false,
    message: `the connection broke: ${message}`,
  };
}

/** Of the error or what caused it; undici wraps, and tries several addresses. */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 4) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown[] };
  if (typeof code === 'string') return code;
  return codeOf(cause ?? errors?.[0], depth + 1);
}
