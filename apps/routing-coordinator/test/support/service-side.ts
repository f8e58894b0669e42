import { randomUUID } from 'node:crypto';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  DEAD_LETTER_PREFIX,
  DECISIONS_REQUEST,
  subjectOf,
  type ConfigChanged,
  type DeadLetter,
  type DecisionAnswer,
  type Envelope,
  type ErrorEvent,
  type ErrorReported,
  type EventMap,
  type Fact,
  type OutcomeReport,
  type ServiceName,
} from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';

/** What a service does over NATS, with nothing but a NATS client. */
export class ServiceSide {
  private constructor(
    readonly connection: NatsConnection,
    private readonly jetstream: JetStreamClient,
    private readonly manager: JetStreamManager,
  ) {}

  static async connect(url: string): Promise<ServiceSide> {
    const connection = await connect({ servers: url, name: 'a service under test' });
    return new ServiceSide(connection, jetstream(connection), await jetstreamManager(connection));
  }

  /** Any bytes or JSON on a durable subject; resolves when JetStream has them. */
  async publish(subject: string, payload: unknown, msgId: string = randomUUID()): Promise<void> {
    const data = payload instanceof Uint8Array ? payload : JSON.stringify(payload);
    await this.jetstream.publish(subject, data, { msgID: msgId });
  }

  async reportOutcome(report: OutcomeReport, eventId: string = randomUUID()): Promise<void> {
    const event = { ...report, eventId, occurredAt: new Date().toISOString() };
    await this.publish(subjectOf('outcomes.reported', report.serviceName), event, eventId);
  }

  async emitError(error: ErrorEvent): Promise<ErrorReported> {
    const event = { ...error, eventId: randomUUID(), occurredAt: new Date().toISOString() };
    await this.publish(subjectOf('errors.reported', error.serviceName), event, event.eventId);
    return event;
  }

  /** Asks for a node; the bytes or JSON may be anything. */
  async requestDecision(body: unknown): Promise<Envelope<DecisionAnswer>> {
    const data = body instanceof Uint8Array ? body : JSON.stringify(body);
    const answer = await this.connection.request(DECISIONS_REQUEST, data, { timeout: 30_000 });
    return answer.json<Envelope<DecisionAnswer>>();
  }

  /** Everything told of a fact from now on, in the order it came, once each as in its stream. */
  async listen<F extends Exclude<Fact, 'config.changed' | 'audit.recorded'>>(
    fact: F,
    service: ServiceName,
  ): Promise<EventMap[F][]> {
    return this.collect(subjectOf(fact, service));
  }

  /** Every `config.changed` from now on. */
  configChanges(): Promise<ConfigChanged[]> {
    return this.collect(subjectOf('config.changed'));
  }

  /** Every dead letter from now on. */
  async deadLetters(): Promise<DeadLetter[]> {
    return this.collect(`${DEAD_LETTER_PREFIX}>`);
  }

  /** Resolves when the stream has at least so many consumers. */
  async consumersOf(stream: string, count: number): Promise<void> {
    await eventually(async () => (await this.manager.streams.info(stream)).state.consumer_count >= count);
  }

  /**
   * Resolves when a durable consumer has taken all that is in the stream now. By the place of the consumer: how many
   * messages are left to it is counted a moment after they are stored, and may still be none.
   */
  async allTaken(fact: 'outcomes.reported', consumer: string): Promise<void> {
    const durable = `${consumer}_${fact.replaceAll('.', '_')}`;
    const { state } = await this.manager.streams.info('SIGNALBOX_OUTCOMES');
    await eventually(async () => {
      const info = await this.manager.consumers.info('SIGNALBOX_OUTCOMES', durable);
      return info.ack_floor.stream_seq >= state.last_seq;
    });
  }

  /** What the fleet shares under a key; null when nothing is there. For tests that need to look, or let time go by. */
  async stored<T>(bucket: string, key: string): Promise<T | null> {
    const entry = await (await new Kvm(this.jetstream).open(bucket)).get(key);
    return entry === null ? null : entry.json<T>();
  }

  async store(bucket: string, key: string, value: object): Promise<void> {
    await (await new Kvm(this.jetstream).open(bucket)).put(key, JSON.stringify(value));
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async collect<T>(subject: string): Promise<T[]> {
    const heard: T[] = [];
    const ids = new Set<string>();
    this.connection.subscribe(subject, {
      callback: (_error, message) => {
        // What is sent again because its acknowledgement was late goes under the same id: the stream keeps one.
        const id = message.headers?.get('Nats-Msg-Id') ?? '';
        if (id !== '' && ids.has(id)) return;
        ids.add(id);
        heard.push(message.json<T>());
      },
    });
    await this.connection.flush();
    return heard;
  }
}
