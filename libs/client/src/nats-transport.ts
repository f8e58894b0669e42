import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import {
  DECISIONS_REQUEST,
  subjectOf,
  type DecisionAnswer,
  type DecisionRequest,
} from '@signalbox/contracts';
import { BudgetWatch } from './budget-watch.js';
import { open, unavailable, type Notice, type Transport } from './transport.js';

export interface NatsTransportOptions {
  /** Servers and credentials, as `connect` of `@nats-io/transport-node` takes them. */
  nats: NodeConnectionOptions;
  timeoutMs: number;
}

/**
 * Questions by request/reply on `decisions.request`; notices to JetStream with the event's id as
 * `Nats-Msg-Id`, so that a second delivery after a lost acknowledgement is dropped by the server.
 */
export class NatsTransport implements Transport {
  readonly lanes = 64;
  readonly budgets = new BudgetWatch(() => Date.now());
  private connection: NatsConnection | undefined;
  private connecting: Promise<NatsConnection> | undefined;

  constructor(private readonly options: NatsTransportOptions) {
    // Begun here so that the first call finds it ready; a failure is told to whoever needs the connection.
    this.connected().catch(() => undefined);
  }

  async decide(request: DecisionRequest): Promise<DecisionAnswer> {
    const answer = await this.exchange(async (connection, timeout) => {
      const reply = await connection.request(DECISIONS_REQUEST, JSON.stringify(request), { timeout });
      return reply.json();
    });
    return open(answer);
  }

  async deliver({ kind, body }: Notice): Promise<void> {
    const subject = subjectOf(kind === 'outcome' ? 'outcomes.reported' : 'errors.reported', body.serviceName);
    await this.exchange((connection, timeout) =>
      // `retries: 0`: the report queue retries, with backoff, under the same id
      jetstream(connection).publish(subject, JSON.stringify(body), {
        msgID: body.eventId,
        timeout,
        retries: 0,
      }),
    );
  }

  async close(): Promise<void> {
    await this.connecting?.catch(() => undefined);
    await this.connection?.close();
  }

  private async exchange<T>(use: (connection: NatsConnection, timeoutMs: number) => Promise<T>): Promise<T> {
    try {
      return await use(await this.connected(), this.options.timeoutMs);
    } catch (error) {
      throw unavailable('Signalbox did not answer over NATS', error);
    }
  }

  /** Connects when there is no connection; once there is, the NATS client reconnects by itself for ever. */
  private connected(): Promise<NatsConnection> {
    if (this.connection !== undefined && !this.connection.isClosed()) return Promise.resolve(this.connection);
    this.connecting ??= this.connect().finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  private async connect(): Promise<NatsConnection> {
    const { nats, timeoutMs } = this.options;
    this.connection = await connect({
      name: 'signalbox-client',
      timeout: timeoutMs,
      reconnectTimeWait: 250,
      ...nats,
      maxReconnectAttempts: -1,
    });
    this.budgets.listen(this.connection);
    return this.connection;
  }
}
