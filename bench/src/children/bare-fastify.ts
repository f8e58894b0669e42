import { readFile } from 'node:fs/promises';
import { fastify } from 'fastify';

/** The baseline: one JSON route that parses the same body and answers the same JSON, and does nothing else. */
const answer: unknown = JSON.parse(await readFile(process.env.ANSWER_FILE ?? '', 'utf8'));
const server = fastify();
server.post('/decide', () => answer);
const url = await server.listen({ port: 0, host: '127.0.0.1' });
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
process.send?.({ ready: { url } });
