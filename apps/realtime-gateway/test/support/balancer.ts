import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where a gateway is now; undefined while it does not run. */
interface Address {
  readonly url: string | undefined;
}

/** What stands before a fleet of gateways: a connection goes to the first of them that takes it. */
export class Balancer {
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly gateways: readonly Address[],
  ) {
    server.on('connection', (client: Socket) => this.forward(client, 0));
  }

  static async before(gateways: readonly Address[]): Promise<Balancer> {
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Balancer(server, gateways);
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
    if (index >= this.gateways.length) {
      client.destroy();
      return;
    }
    const url = this.gateways[index]?.url;
    if (url === undefined) {
      this.forward(client, index + 1);
      return;
    }
    const gateway = connect(Number(new URL(url).port), '127.0.0.1');
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
