import type { Socket as TcpSocket } from 'node:net';
import type { Socket } from 'socket.io-client';

/** Lets the kernel's buffers fill, as a page does whose machine went to sleep. Returns what lets it read on. */
export function stopReading(socket: Socket): () => void {
  const { transport } = socket.io.engine as unknown as { transport: { ws: { _socket: TcpSocket } } };
  const tcp = transport.ws._socket;
  tcp.pause();
  return () => void tcp.resume();
}
