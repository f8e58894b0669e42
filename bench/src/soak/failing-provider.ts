import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seededRandom, type Rng } from '@signalbox/statistics';

/** Shares of calls that end so; a reset comes after the call was carried out: the caller cannot know. */
const RESET_AFTER = 0.01;
const BUSY = 0.02;
const BROKEN = 0.01;

/** Takes records, messages and reads, fails now and then, and counts what it has carried out. */
export class FailingProvider {
  /** Name of a record, or number of a recipient → how often it was created, or written to. */
  readonly carriedOut = new Map<string, number>();
  private readonly rng: Rng;
  private readonly server: Server;

  private constructor(seed: number) {
    this.rng = seededRandom(seed);
    this.server = createServer((request, response) => void this.take(request, response));
  }

  static async start(seed: number): Promise<FailingProvider> {
    const provider = new FailingProvider(seed);
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      return; // the worker was killed while it sent
    }
    const luck = this.rng();
    if (luck < BUSY) return void response.writeHead(429, { 'retry-after': '0.2' }).end();
    if (luck < BUSY + BROKEN) return void response.writeHead(500).end();
    const answer = this.carryOut(request.url ?? '/', Buffer.concat(chunks).toString('utf8'));
    if (luck < BUSY + BROKEN + RESET_AFTER) return void request.socket.resetAndDestroy();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private carryOut(path: string, text: string): object {
    if (path.endsWith('/Messages.json')) {
      this.count(new URLSearchParams(text).get('To') ?? '');
      return { sid: 'SM1' };
    }
    if (!path.startsWith('/v0/')) return { path };
    const { records } = JSON.parse(text) as { records: { fields: { Name: string } }[] };
    for (const { fields } of records) this.count(fields.Name);
    return { records: records.map(({ fields }) => ({ id: `rec${fields.Name}`, fields })) };
  }

  private count(name: string): void {
    this.carriedOut.set(name, (this.carriedOut.get(name) ?? 0) + 1);
  }
}
