import { createHash } from 'node:crypto';
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

/** Best first. A file that is compressed in one of these ways lies beside it, with the ending. */
const ENCODINGS = [
  { encoding: 'br', ending: '.br' },
  { encoding: 'gzip', ending: '.gz' },
] as const;

interface PageFile {
  readonly type: string;
  readonly content: Buffer;
  /** Smaller than the content, best first. */
  readonly compressed: readonly { encoding: string; content: Buffer }[];
}

/**
 * Serves a built web page: each file of the folder under its own name, `index.html` at `/`, as its build compressed it
 * where the browser takes that. They are read once, into memory, and open to everybody: what they show is asked for with a
 * token. Does nothing when the folder is not there.
 */
export function addPages(server: FastifyInstance, folder: string): void {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split('\\').join('/');
    const type = TYPES[extname(name)];
    if (type !== undefined) addFile(server, name === 'index.html' ? '/' : `/${name}`, read(path, type));
  }
}

function read(path: string, type: string): PageFile {
  const content = readFileSync(path);
  const compressed = ENCODINGS.filter(({ ending }) => existsSync(`${path}${ending}`))
    .map(({ encoding, ending }) => ({ encoding, content: readFileSync(`${path}${ending}`) }))
    .filter((one) => one.content.length < content.length);
  return { type, content, compressed };
}

function addFile(server: FastifyInstance, url: string, { type, content, compressed }: PageFile): void {
  // The names of what the page loads change with their content; the page itself keeps its own, and is asked for anew.
  const cache = url === '/' ? 'no-cache' : 'public, max-age=31536000, immutable';
  // Weak: it stands for the content in every encoding.
  const etag = `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  server.get(url, { config: { operational: true } }, (request, reply) => {
    const accepted = acceptedEncodings(request.headers['accept-encoding']);
    const smaller = compressed.find(({ encoding }) => accepted.has(encoding));
    void reply
      .header('cache-control', cache)
      .header('etag', etag)
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('referrer-policy', 'no-referrer');
    if (compressed.length > 0) void reply.header('vary', 'accept-encoding');
    if (request.headers['if-none-match']?.split(/,\s*/).includes(etag) === true) {
      void reply.code(304).send();
      return;
    }
    void reply.header('content-type', type);
    if (smaller !== undefined) void reply.header('content-encoding', smaller.encoding);
    void reply.send(smaller?.content ?? content);
  });
}

/** Those named in the header that are not refused with `q=0`; all browsers name what they take. */
function acceptedEncodings(header: string | string[] | undefined): ReadonlySet<string> {
  const named = String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((one) => one.split(';').map((part) => part.trim()));
  return new Set(
    named.filter(([, weight]) => !/^q=0(\.0*)?$/.test(weight ?? '')).map(([encoding]) => encoding ?? ''),
  );
}
