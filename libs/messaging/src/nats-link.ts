import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import type { MessagingLogger } from './logger.js';
import { doubling, pause } from './waiting.js';
import { messageOf } from './unavailable.js';

export interface LinkOptions {
  /** `nats://[user:password@]host:port`, or `tls://…`; several separated by commas. */
  url: string;
  /** Shown in the server's list of connections. */
  name: string;
  logger: MessagingLogger;
}

export interface LinkListener {
  /** A working connection; the same object again after a reconnect. */
  up(connection: NatsConnection): void;
  down(): void;
}

/**
 * Keeps one connection to NATS for as long as the process wants it. The client reconnects by itself once it was
 * connected, but gives up when the server is absent at boot, so the first connection is tried here for ever.
 */
export class NatsLink {
  private readonly closing = new AbortController();
  private current: NatsConnection | undefined;

  constructor(
    private readonly options: LinkOptions,
    private readonly listener: LinkListener,
  ) {
    void this.run();
  }

  get connection(): NatsConnection | undefined {
    return this.current;
  }

  async close(): Promise<void> {
    this.closing.abort();
    const connection = this.current;
    if (connection && !connection.isClosed()) await connection.close();
  }

  private async run(): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted; attempt++) {
      try {
        const connection = await connect(connectionOptions(this.options));
        attempt = 0;
        await this.follow(connection);
      } catch (error) {
        if (attempt === 0) {
          this.options.logger.warn(
            { reason: messageOf(error) },
            'NATS cannot be reached; trying for as long as it takes',
          );
        }
      }
      await pause(doubling(250, 2_000, attempt), this.closing.signal);
    }
  }

  /** Until the connection is closed for good: by us, or by the client giving up on an error it holds fatal. */
  private async follow(connection: NatsConnection): Promise<void> {
    if (this.closing.signal.aborted) return connection.close();
    this.current = connection;
    this.connected(connection);
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        this.options.logger.warn({ server: status.server }, 'NATS connection lost; reconnecting');
        this.listener.down();
      } else if (status.type === 'reconnect') {
        this.connected(connection);
      } else if (status.type === 'error') {
        this.options.logger.error({ reason: status.error.message }, 'NATS reported an error');
      }
    }
    this.current = undefined;
    this.listener.down();
  }

  private connected(connection: NatsConnection): void {
    this.options.logger.info({ server: connection.getServer() }, 'connected to NATS');
    this.listener.up(connection);
  }
}

function connectionOptions({ url, name }: LinkOptions): NodeConnectionOptions {
  const servers = url
    .split(',')
    .map((server) => new URL(server.includes('://') ? server.trim() : `nats://${server.trim()}`));
  const { username, password } = servers[0] ?? {};
  return {
    servers: servers.map((server) => server.host),
    name,
    ...(username && password
      ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
      : {}),
    ...(username && !password ? { token: decodeURIComponent(username) } : {}),
    ...(servers.some((server) => server.protocol === 'tls:') ? { tls: {} } : {}),
    timeout: 5_000,
    reconnect: true,
    maxReconnectAttempts: -1,
    // A quarter of a second to half of one: a restarted server is noticed at once, a fleet does not stampede it.
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // Credentials are rotated on the server first: a refusal is a reason to try again, not to give up.
    ignoreAuthErrorAbort: true,
    // A peer that vanished without closing its socket is found within 15 s (three missed pings).
    pingInterval: 5_000,
    maxPingOut: 2,
    // Traces cost a stack capture per request and name only our own lines.
    noAsyncTraces: true,
  };
}
