import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What stands before a fleet of gateways: a connection goes to the first address that takes it. */
export class Balancer {
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly ports: readonly number[],
  ) {
    server.on('connection', (client: Socket) => this.forward(client, 0));
  }

  static async before(urls: readonly string[]): Promise<Balancer> {
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Balancer(
      server,
      urls.map((url) => Number(new URL(url).port)),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection, as a network does: nobody says goodbye. */
  drop(): void {
    for (const socket of this.open) socket.destroy();
  }

  close(): void {
    this.server.close();
    this.drop();
  }

  private forward(client: Socket, index: number): void {
    const port = this.ports[index];
    if (port === undefined) {
      client.destroy();
      return;
    }
    const gateway = connect(port, '127.0.0.1');
    const elsewhere = () => this.forward(client, index + 1);
    gateway.once('error', elsewhere);
    gateway.once('connect', () => {
      gateway.off('error', elsewhere);
      this.join(client, gateway);
      this.join(gateway, client);
    });
  }

  private join(from: Socket, to: Socket): void {
    this.open.add(from);
    from.on('error', () => undefined);
    from.on('close', () => {
      this.open.delete(from);
      to.destroy();
    });
    from.pipe(to);
  }
}
