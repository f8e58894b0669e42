import { Inject, Logger } from '@nestjs/common';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
} from '@nestjs/websockets';
import {
  REALTIME_NAMESPACE,
  SignalboxError,
  agentAnswer,
  agentRegister,
  failure,
  subscribeContract,
  type Failure,
  type SubscribeAnswer,
} from '@signalbox/contracts';
import { Correlation, TokenVerifier, type Verified } from '@signalbox/platform';
import type { Namespace, Socket } from 'socket.io';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../config.js';
import { ConnectedParticipants } from '../participants/connected-participants.js';
import { Connections, type Connection } from './connections.js';
import { RequestAllowance } from './request-allowance.js';
import { SubscribeToRooms } from './subscribe.js';

interface Admitted {
  token: Verified;
  allowance: RequestAllowance;
}

/** Socket.IO's acknowledgement, when the client asked for one. */
type Answer<T> = ((answer: T | Failure) => void) | undefined;

/** Dead connections are found within 25 s. */
const HEARTBEAT = { pingInterval: 10_000, pingTimeout: 15_000 };
/** A subscription is a few hundred bytes; answers of participants may be larger. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/** The edge that front ends and participants talk to. */
@WebSocketGateway({
  namespace: REALTIME_NAMESPACE,
  ...HEARTBEAT,
  maxHttpBufferSize: MAX_MESSAGE_BYTES,
  serveClient: false,
  perMessageDeflate: false,
  transports: ['websocket', 'polling'],
})
export class RealtimeGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  private readonly logger = new Logger(RealtimeGateway.name);

  constructor(
    private readonly verifier: TokenVerifier,
    private readonly connections: Connections,
    private readonly subscribing: SubscribeToRooms,
    private readonly participants: ConnectedParticipants,
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  afterInit(namespace: Namespace): void {
    namespace.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: unknown) => next(refusalOf(error)),
      );
    });
  }

  handleConnection(socket: Socket): void {
    const { caller } = this.connections.add(socket, admitted(socket).token);
    this.logger.debug(`${caller.role} ${caller.subject} connected as ${socket.id}`);
  }

  handleDisconnect(socket: Socket): void {
    this.connections.remove(socket);
    this.participants.remove(socket);
  }

  @SubscribeMessage('subscribe')
  async subscribe(
    @ConnectedSocket() socket: Socket,
    @MessageBody() body: unknown,
    @Ack() answer: Answer<SubscribeAnswer>,
  ): Promise<void> {
    await this.asked(socket, answer, async (connection) => {
      const request = subscribeContract.parse(body);
      await this.subscribing.subscribe(connection, request, (answers) => answer?.(answers));
    });
  }

  @SubscribeMessage('unsubscribe')
  async unsubscribe(
    @ConnectedSocket() socket: Socket,
    @MessageBody() body: unknown,
    @Ack() answer: Answer<{ left: true }>,
  ): Promise<void> {
    await this.asked(socket, answer, (connection) => {
      for (const room of subscribeContract.parse(body).rooms) this.connections.leave(connection, room);
      answer?.({ left: true });
      return Promise.resolve();
    });
  }

  @SubscribeMessage('agent_register')
  async register(
    @ConnectedSocket() socket: Socket,
    @MessageBody() body: unknown,
    @Ack() answer: Answer<{ registered: true }>,
  ): Promise<void> {
    await this.asked(socket, answer, ({ caller }) => {
      this.participants.register(socket, caller, agentRegister.parse(body));
      answer?.({ registered: true });
      return Promise.resolve();
    });
  }

  @SubscribeMessage('agent_heartbeat')
  async heartbeat(@ConnectedSocket() socket: Socket, @Ack() answer: Answer<{ heard: true }>): Promise<void> {
    await this.asked(socket, answer, () => {
      this.participants.beat(socket);
      answer?.({ heard: true });
      return Promise.resolve();
    });
  }

  @SubscribeMessage('agent_ack')
  async acknowledge(
    @ConnectedSocket() socket: Socket,
    @MessageBody() body: unknown,
    @Ack() answer: Answer<{ acknowledged: true }>,
  ): Promise<void> {
    await this.asked(socket, answer, () => {
      this.participants.answer(socket, agentAnswer.parse(body));
      answer?.({ acknowledged: true });
      return Promise.resolve();
    });
  }

  /** Counts the request, and answers what goes wrong in the envelope of every other edge. */
  private async asked(
    socket: Socket,
    answer: ((failed: Failure) => void) | undefined,
    work: (connection: Connection) => Promise<void>,
  ): Promise<void> {
    const connection = this.connections.find(socket);
    if (connection === undefined) return;
    if (!admitted(socket).allowance.take()) {
      connection.link.close({
        code: 'too_many_requests',
        message: 'More requests on this connection than any client needs. Connect again and ask less.',
      });
      return;
    }
    const correlationId = Correlation.create();
    try {
      await work(connection);
    } catch (error) {
      if (!(error instanceof SignalboxError)) this.logger.error(`A request failed: ${String(error)}`);
      const known =
        error instanceof SignalboxError ? error : new SignalboxError('INTERNAL', 'Something went wrong');
      answer?.(failure(known, correlationId));
    }
  }

  private async admit(socket: Socket): Promise<void> {
    if (this.connections.size >= this.settings.realtimeMaxConnections) {
      throw new SignalboxError('DEPENDENCY_UNAVAILABLE', 'This gateway has all the connections it can take');
    }
    const token: unknown = socket.handshake.auth.token;
    if (typeof token !== 'string' || token === '') {
      throw new SignalboxError('UNAUTHENTICATED', 'A token is required in the handshake');
    }
    const data: Admitted = { token: await this.verifier.verify(token), allowance: new RequestAllowance() };
    socket.data = data;
  }
}

function admitted(socket: Socket): Admitted {
  return socket.data as Admitted;
}

/** What `connect_error` gets: the code in `data`, nothing internal. */
function refusalOf(error: unknown): Error {
  const known =
    error instanceof SignalboxError ? error : new SignalboxError('INTERNAL', 'Something went wrong');
  return Object.assign(new Error(known.message), { data: { code: known.code } });
}
