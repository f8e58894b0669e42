import { readFile } from 'node:fs/promises';
import { connect } from '@nats-io/transport-node';

/** The baseline: parses each request and answers it with the same JSON. */
const answer: unknown = JSON.parse(await readFile(process.env.ANSWER_FILE ?? '', 'utf8'));
const connection = await connect({ servers: process.env.NATS_URL ?? '' });
connection.subscribe('bench.echo', {
  queue: 'echo',
  callback: (_error, message) => {
    message.json();
    message.respond(JSON.stringify(answer));
  },
});
await connection.flush();
process.on('SIGTERM', () => void connection.drain().then(() => process.exit(0)));
process.send?.({ ready: {} });
