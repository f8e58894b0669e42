import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import type { FastifyInstance } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** The page talks to its own origin alone. Component libraries write styles into elements. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves a built web page: each file of the folder under its own name, `index.html` at `/`. They are read once, into
 * memory, and open to everybody: what they show is asked for with a token. Does nothing when the folder is not there.
 */
export function addPages(server: FastifyInstance, folder: string): void {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split('\\').join('/');
    const type = TYPES[extname(name)];
    if (type !== undefined)
      addFile(server, name === 'index.html' ? '/' : `/${name}`, type, readFileSync(path));
  }
}

function addFile(server: FastifyInstance, url: string, type: string, content: Buffer): void {
  // The names of what the page loads change with their content; the page itself keeps its own.
  const cache = url === '/' ? 'no-cache' : 'public, max-age=31536000, immutable';
  server.get(url, { config: { operational: true } }, (_request, reply) => {
    void reply
      .header('content-type', type)
      .header('cache-control', cache)
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('referrer-policy', 'no-referrer')
      .send(content);
  });
}
