import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before } from 'node:test';

const WEEK_MS = 7 * 86_400_000;

/** Airtable's API of webhooks as documented: payloads by cursor, fifty a call, five calls a second, renewals. */
export class AirtableApi {
  /** Numbered from 1. */
  readonly payloads: object[] = [];
  readonly listings: { cursor: number; atMs: number; authorization: string | undefined }[] = [];
  refreshes = 0;
  /** Answered to the next listings instead, one each. */
  readonly failures: number[] = [];
  private readonly server = createServer((request, response) => this.answer(request, response));

  constructor() {
    // Never hangs up on a connection that a caller is just about to use again.
    this.server.keepAliveTimeout = 0;
    before(() => new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve)));
    after(() => {
      this.server.closeAllConnections();
      this.server.close();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  add(count: number): void {
    for (let n = 0; n < count; n++) {
      this.payloads.push({
        timestamp: new Date().toISOString(),
        baseTransactionNumber: this.payloads.length + 1,
        payloadFormat: 'v0',
        actionMetadata: { source: 'client' },
        changedTablesById: { tbl1: { changedRecordsById: { [`rec${n}`]: {} } } },
      });
    }
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://x');
    const { authorization } = request.headers;
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (authorization !== 'Bearer pat_airtable')
      return send(401, { error: { type: 'AUTHENTICATION_REQUIRED' } });
    if (request.method === 'POST' && url.pathname === '/v0/bases/appBASE01/webhooks/achHOOK01/refresh') {
      this.refreshes += 1;
      return send(200, { expirationTime: new Date(Date.now() + WEEK_MS).toISOString() });
    }
    if (request.method !== 'GET' || url.pathname !== '/v0/bases/appBASE01/webhooks/achHOOK01/payloads') {
      return send(404, { error: 'NOT_FOUND' });
    }
    const failure = this.failures.shift();
    if (failure !== undefined) return send(failure, { error: { type: 'FAILED' } });
    const cursor = Number(url.searchParams.get('cursor'));
    this.listings.push({ cursor, atMs: Date.now(), authorization });
    const payloads = this.payloads.slice(cursor - 1, cursor - 1 + 50);
    const next = cursor + payloads.length;
    return send(200, { payloads, cursor: next, mightHaveMore: next <= this.payloads.length });
  }
}
