import type { Socket as TcpSocket } from 'node:net';
import type { Socket } from 'socket.io';
import type { Packet } from './encoded-message.js';

/** The WebSocket's state in which frames may be written. */
const OPEN = 1;

/**
 * What is written to one client. A frame goes straight to the connection's TCP socket where the client speaks WebSocket,
 * all frames of a burst in one piece: through Socket.IO's engine, which does the same one frame at a time, each costs
 * about as much again. The engine's own packets stay in order with them: it is asked first whether it holds any, and
 * takes the bursts itself of clients that poll.
 */
export class Wire {
  /** Frames on their way into the kernel. */
  private writing = 0;
  private readonly written = () => {
    this.writing -= 1;
    if (this.writing === 0) this.onClear();
  };

  /** `onClear`: what was written has left. Also called when nothing had been in the way. */
  constructor(
    private readonly socket: Socket,
    private readonly onClear: () => void,
  ) {
    socket.conn.on('drain', this.onClear);
  }

  detach(): void {
    this.socket.conn.off('drain', this.onClear);
  }

  /** The kernel took all that was written here, and the engine holds nothing back. */
  get isClear(): boolean {
    return this.writing === 0 && heldPackets(this.socket.conn) === 0;
  }

  write(packet: Packet): void {
    const tcpSocket = tcpSocketOf(this.socket.conn);
    if (tcpSocket === undefined || packet.frame === undefined) {
      this.writeThroughEngine(packet);
      return;
    }
    this.writing += 1;
    tcpSocket.write(packet.frame, this.written);
  }

  writeAll(packets: readonly Packet[]): void {
    const tcpSocket = tcpSocketOf(this.socket.conn);
    tcpSocket?.cork();
    for (const packet of packets) this.write(packet);
    tcpSocket?.uncork();
  }

  writeThroughEngine({ text }: Packet): void {
    const engine = this.socket.client as unknown as EngineWriter;
    engine.writeToEngine(text, { compress: false });
  }
}

/** The parts of Socket.IO's server that its own adapter uses and its typings leave out. */
interface EngineWriter {
  writeToEngine(packet: string, options: object): void;
}

interface EngineConnection {
  writeBuffer: readonly unknown[];
  transport: { name: string; socket?: { readyState: number; _socket?: TcpSocket } };
}

/** What the engine holds back until the client takes more. */
export function heldPackets(conn: Socket['conn']): number {
  return (conn as unknown as EngineConnection).writeBuffer.length;
}

function tcpSocketOf(conn: Socket['conn']): TcpSocket | undefined {
  const { name, socket } = (conn as unknown as EngineConnection).transport;
  return name === 'websocket' && socket?.readyState === OPEN ? socket._socket : undefined;
}
