import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One HTTP request as it came over the wire. */
export interface Received {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  text: string;
  /** The body as JSON; undefined when it is none. */
  json: unknown;
  atMs: number;
}

/** What a provider does with a request. `hang`: nothing, ever. `reset`: breaks the connection. */
export type Answer =
  { status: number; body?: unknown; headers?: Record<string, string>; afterMs?: number } | 'hang' | 'reset';

/** A provider that answers as it is told and remembers every request, byte for byte. */
export class RecordingProvider {
  readonly received: Received[] = [];
  private readonly server: Server;
  respond: (request: Received) => Answer;

  private constructor(respond: (request: Received) => Answer) {
    this.respond = respond;
    this.server = createServer((request, response) => {
      // Whoever is killed, or gives up, in the middle of a request has not sent it.
      this.take(request, response).catch(() => response.destroy());
    });
    // Never hangs up on a connection that a caller is just about to use again: what is broken, a test breaks.
    this.server.keepAliveTimeout = 0;
  }

  static async start(respond: (request: Received) => Answer): Promise<RecordingProvider> {
    const provider = new RecordingProvider(respond);
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What came since; forgotten here. */
  taken(): Received[] {
    return this.received.splice(0);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const url = new URL(request.url ?? '/', 'http://provider');
    const received: Received = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      text,
      json: jsonOf(text),
      atMs: performance.now(),
    };
    this.received.push(received);
    const answer = this.respond(received);
    if (answer === 'hang') return;
    if (answer === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const { status, body, headers = {}, afterMs = 0 } = answer;
    const send = () => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body === undefined ? '' : JSON.stringify(body));
    };
    if (afterMs > 0) setTimeout(send, afterMs);
    else send();
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
