import type {
  ConnectionClosing,
  Failure,
  Room,
  RoomAnswer,
  Subscribe,
  SubscribeAnswer,
} from '@signalbox/contracts';
import { io, type Socket } from 'socket.io-client';
import { RoomTracker, type ReceivedMessage } from './room-tracker.js';

/** Types alone are taken from the contracts: a page needs no schema compiler. */
const NAMESPACE = '/realtime';
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 15_000;
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * `connecting` covers reconnecting, with the reason when there is one; `refused` is final: the token is not taken, and
 * only `reconnect()` with another one helps.
 */
export type RealtimeState =
  | { state: 'connecting'; reason: string | null }
  | { state: 'live' }
  | { state: 'refused'; code: string; reason: string }
  | { state: 'closed' };

/** How a room was joined. `recovered: false`: what was missed cannot be had; show the snapshot instead. */
export type RoomJoined = Extract<RoomAnswer, { joined: true }>;

export interface RealtimeOptions {
  /** `https://signalbox.example`; of the page itself when absent. */
  url?: string;
  /** Asked for at each connection, so that a renewed token is used. */
  token: () => string | Promise<string>;
  rooms: readonly Room[];
  /** Each message once; those of a room in order, except that critical ones may come early. */
  onMessage: (message: ReceivedMessage) => void;
  onState?: (state: RealtimeState) => void;
  /** A room was joined: for the first time, or again. */
  onJoined?: (room: Room, joined: RoomJoined) => void;
  /** A room was refused for good. */
  onRefused?: (room: Room, reason: string) => void;
}

export interface RealtimeClient {
  readonly state: RealtimeState;
  /** After a refusal, with what `token` gives now. */
  reconnect(): void;
  close(): void;
}

/** Subscribes to rooms and stays subscribed: reconnects with backoff, resumes where it was, notices what is missing. */
export function connectRealtime(options: RealtimeOptions): RealtimeClient {
  return new Connection(options);
}

class Connection implements RealtimeClient {
  state: RealtimeState = { state: 'connecting', reason: null };
  private readonly socket: Socket;
  private readonly trackers = new Map<Room, RoomTracker>();
  private readonly resuming = new Set<Room>();
  /** Those that the gateway could not open yet. */
  private readonly waiting = new Set<Room>();
  private retries = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private closing: ConnectionClosing | undefined;

  constructor(private readonly options: RealtimeOptions) {
    this.socket = io(`${options.url ?? ''}${NAMESPACE}`, {
      transports: ['websocket'],
      // Our own backoff: a gateway that ends a connection on purpose is not come back to by Socket.IO's.
      reconnection: false,
      auth: (give) => void this.authenticate(give),
    });
    this.socket.on('connect', () => this.subscribe(options.rooms));
    this.socket.on('connection_closing', (closing: ConnectionClosing) => (this.closing = closing));
    this.socket.on('connect_error', (error: Error & { data?: { code?: string } }) => this.lost(error));
    this.socket.on('disconnect', (reason) => this.lost(new Error(this.closing?.message ?? reason)));
    this.socket.onAny((_event: string, message: ReceivedMessage) => this.take(message));
  }

  reconnect(): void {
    clearTimeout(this.retry);
    this.retries = 0;
    this.enter({ state: 'connecting', reason: null });
    this.socket.connect();
  }

  close(): void {
    clearTimeout(this.retry);
    this.enter({ state: 'closed' });
    this.socket.close();
  }

  private async authenticate(give: (auth: { token: string }) => void): Promise<void> {
    try {
      give({ token: await this.options.token() });
    } catch (error) {
      // There is none for now: the gateway is not kept waiting for it.
      this.socket.disconnect();
      this.lost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private take(message: ReceivedMessage | undefined): void {
    const tracker = message?.room === undefined ? undefined : this.trackers.get(message.room);
    if (message === undefined || tracker === undefined) return;
    const verdict = tracker.take(message);
    if (verdict === 'deliver') this.options.onMessage(message);
    if (verdict === 'gap' && !this.resuming.has(message.room)) this.subscribe([message.room]);
  }

  private subscribe(rooms: readonly Room[]): void {
    for (const room of rooms) {
      this.resuming.add(room);
      this.waiting.delete(room);
    }
    const lastSeen: NonNullable<Subscribe['lastSeen']> = {};
    for (const room of rooms) {
      const tracker = this.trackers.get(room);
      if (tracker !== undefined) lastSeen[room] = tracker.lastSeen;
    }
    // By a callback: a promise's answer would be taken after the messages that arrived with it, and those be dropped.
    const answered = (error: Error | null, answer: SubscribeAnswer | Failure) => {
      for (const room of rooms) this.resuming.delete(room);
      if (error === null) this.answered(rooms, answer);
      // No answer in time: begin again from a new connection. One that broke is begun again already.
      else if (this.socket.connected) this.socket.disconnect();
    };
    this.socket
      .timeout(ANSWER_TIMEOUT_MS)
      .emit('subscribe', { rooms: [...rooms], lastSeen } satisfies Subscribe, answered);
  }

  private answered(rooms: readonly Room[], answer: SubscribeAnswer | Failure): void {
    for (const room of rooms) {
      if (!('rooms' in answer)) this.failed(room, answer);
      else if (answer.rooms[room] !== undefined) this.answeredOne(room, answer.rooms[room]);
    }
    if (this.waiting.size > 0) {
      const reason = 'rooms' in answer ? 'The gateway cannot read its messages yet' : answer.error.message;
      this.enter({ state: 'connecting', reason });
      this.after(this.nextWaitMs(), () => this.subscribe([...this.waiting]));
      return;
    }
    // Of the rooms that were asked for meanwhile the answer is still to come.
    if (this.resuming.size > 0) return;
    this.retries = 0;
    this.enter({ state: 'live' });
  }

  private answeredOne(room: Room, answer: RoomAnswer): void {
    if (answer.joined) this.joined(room, answer);
    else if (answer.reason === 'forbidden') this.options.onRefused?.(room, answer.message);
    else this.waiting.add(room);
  }

  /** A request that the gateway does not understand is none the better the next time; anything else passes. */
  private failed(room: Room, { error }: Failure): void {
    if (error.code === 'VALIDATION_FAILED') this.options.onRefused?.(room, error.message);
    else this.waiting.add(room);
  }

  private joined(room: Room, joined: RoomJoined): void {
    const tracker = this.trackers.get(room);
    if (tracker === undefined) this.trackers.set(room, new RoomTracker(joined.epoch, joined.seq));
    else if (joined.recovered !== true) tracker.restart(joined.epoch, joined.seq);
    this.options.onJoined?.(room, joined);
  }

  private lost(error: Error & { data?: { code?: string } }): void {
    if (this.state.state === 'closed') return;
    const code = error.data?.code ?? this.closing?.code.toUpperCase();
    this.closing = undefined;
    this.waiting.clear();
    if (code !== undefined && REFUSED.has(code)) {
      this.enter({ state: 'refused', code, reason: error.message });
      return;
    }
    this.enter({ state: 'connecting', reason: error.message });
    this.after(this.nextWaitMs(), () => this.socket.connect());
  }

  /** Doubling, with full jitter: clients of a gateway that went must not all come to the next at once. */
  private nextWaitMs(): number {
    const ceilingMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.retries++, 10));
    return FIRST_RETRY_MS / 2 + Math.random() * ceilingMs;
  }

  private after(ms: number, work: () => void): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(work, ms);
  }

  private enter(state: RealtimeState): void {
    this.state = state;
    this.options.onState?.(state);
  }
}

/** Codes that coming back with the same token does not help against. */
const REFUSED: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'FORBIDDEN',
]);
