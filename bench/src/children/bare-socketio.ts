import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from '@nats-io/transport-node';
import { Server } from 'socket.io';
import { tellUsage } from '../realtime/measured-server.js';

/**
 * The baseline: Socket.IO alone, one room, what comes from core NATS is emitted to it. No token, no numbering, no
 * history, no bound on what waits for a client.
 */
const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false, transports: ['websocket'] });
const namespace = io.of('/realtime');
namespace.on('connection', (socket) => {
  socket.on('subscribe', (_body: unknown, answer: (joined: object) => void) => {
    void socket.join('all');
    answer({ rooms: {} });
  });
});
const nats = await connect({ servers: process.env.NATS_URL ?? '' });
nats.subscribe('bench.realtime', {
  callback: (_error, message) => {
    const event = message.json<{ eventType: string }>();
    namespace.to('all').emit(event.eventType, event);
  },
});
http.listen(0, '127.0.0.1', () => {
  tellUsage();
  process.on('SIGTERM', () => process.exit(0));
  process.send?.({ ready: { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` } });
});
