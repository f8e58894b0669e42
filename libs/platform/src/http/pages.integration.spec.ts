import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { addPages } from './pages.js';

const SCRIPT = `console.log(${JSON.stringify('x'.repeat(5_000))});`;
const PAGE = `<!doctype html><title>Signalbox</title>${' '.repeat(2_000)}`;

describe('the files of a web page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-pages-'));
  const server = fastify();
  let url: string;
  after(() => rmSync(folder, { recursive: true }));
  after(() => server.close());

  before(async () => {
    mkdirSync(join(folder, 'assets'));
    const write = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);
    for (const [name, content] of [
      ['index.html', PAGE],
      ['assets/index-abc.js', SCRIPT],
    ] as const) {
      write(name, content);
      write(`${name}.br`, brotliCompressSync(content));
      write(`${name}.gz`, gzipSync(content));
    }
    write('assets/inter-abc.woff2', 'a font');
    // What a compression makes larger is not worth sending.
    write('assets/tiny-abc.css', 'a{}');
    write('assets/tiny-abc.css.gz', gzipSync('a{}'));
    addPages(server, folder);
    url = await server.listen({ port: 0, host: '127.0.0.1' });
  });

  /** Fetch would decompress: what matters here is what goes over the wire. */
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${url}${path}`, { headers }, resolve).on('error', reject).end();
    });
    const body = Buffer.concat(await answer.toArray());
    return { status: answer.statusCode, headers: answer.headers, body };
  };

  it('are sent as their build compressed them, in the best way that the browser takes', async () => {
    const brotli = await get('/assets/index-abc.js', { 'accept-encoding': 'gzip, deflate, br, zstd' });
    assert.equal(brotli.headers['content-encoding'], 'br');
    assert.equal(brotliDecompressSync(brotli.body).toString(), SCRIPT);
    assert.ok(brotli.body.length < SCRIPT.length / 10);
    assert.equal(Number(brotli.headers['content-length']), brotli.body.length);

    const gzip = await get('/assets/index-abc.js', { 'accept-encoding': 'gzip, deflate, br;q=0' });
    assert.equal(gzip.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(gzip.body).toString(), SCRIPT);
    for (const { headers } of [brotli, gzip]) {
      assert.equal(headers['vary'], 'accept-encoding');
      assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
    }
  });

  it('are sent as they are to who takes no compression, and where there is none that helps', async () => {
    const plain = await get('/assets/index-abc.js');
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(plain.body.toString(), SCRIPT);
    assert.equal(plain.headers['vary'], 'accept-encoding', 'a cache must not give it to who asks otherwise');
    for (const path of ['/assets/inter-abc.woff2', '/assets/tiny-abc.css']) {
      const { headers } = await get(path, { 'accept-encoding': 'gzip, br' });
      assert.equal(headers['content-encoding'], undefined, path);
    }
  });

  it('are kept for ever where their name changes with their content, and not sent again where it does not', async () => {
    const asset = await get('/assets/index-abc.js', { 'accept-encoding': 'br' });
    assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable');
    const page = await get('/', { 'accept-encoding': 'br' });
    assert.equal(page.headers['cache-control'], 'no-cache');
    assert.equal(brotliDecompressSync(page.body).toString(), PAGE);
    const again = await get('/', { 'accept-encoding': 'br', 'if-none-match': String(page.headers.etag) });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    const other = await get('/', { 'if-none-match': 'W/"another"' });
    assert.equal(other.status, 200);
  });

  it('are not to be had under the names of their compressed copies', async () => {
    assert.equal((await get('/assets/index-abc.js.br')).status, 404);
  });
});
