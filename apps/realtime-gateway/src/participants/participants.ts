import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import {
  AGENT_SUBJECTS,
  agentAck,
  agentHeartbeat,
  type AgentAck,
  type AgentEvent,
  type AgentHeartbeat,
  type AgentStatus,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';
import { Rooms } from '../rooms/rooms.js';
import { MAX_PARTICIPANTS, ParticipantRegistry, type ParticipantChange } from './participant-registry.js';

const LOOK_EVERY_MS = 1_000;
/** Answers that may still come are counted for this long. */
const REMEMBER_EVENTS_MS = 60_000;
const MAX_EVENTS = 10_000;

/** An event whose answers are timed, and who answered it when. */
interface SentEvent {
  readonly sentAtMs: number;
  /** Null while only an answer to it is known: core messages come faster than durable ones. */
  to: string[] | null;
  readonly answeredAtMs: Map<string, number>;
}

export type AckListener = (ack: AgentAck, answerTimeMs: number) => void;

/**
 * Who takes part, over NATS or WebSocket, and what they answered. Every gateway hears every heartbeat and answer,
 * since those that come by WebSocket are passed on over NATS: so each can say how all participants are.
 */
@Injectable()
export class Participants implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly registry = new ParticipantRegistry();
  private readonly events = new Map<string, SentEvent>();
  private readonly listeners = new Set<AckListener>();
  private readonly ends: (() => Promise<void>)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: MessageBus,
    private readonly rooms: Rooms,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.ends.push(
      this.bus.subscribeCore(AGENT_SUBJECTS.heartbeat('*'), (message) => this.heard(message.json<unknown>())),
      this.bus.subscribeCore(AGENT_SUBJECTS.ack('*'), (message) => this.acked(message.json<unknown>())),
    );
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.ends.map((end) => end()));
  }

  all(): AgentStatus[] {
    return this.registry.all();
  }

  /** Passes a heartbeat that came by WebSocket on to every gateway, this one included. */
  beat(heartbeat: AgentHeartbeat): void {
    this.bus.publishCore(AGENT_SUBJECTS.heartbeat(heartbeat.agentId), heartbeat);
  }

  /** Passes an answer that came by WebSocket on to every gateway, this one included. */
  answer(ack: AgentAck): void {
    this.bus.publishCore(AGENT_SUBJECTS.ack(ack.eventId), ack);
  }

  /** An event was sent, from here or by another gateway: its answers are timed and counted. Who it was for. */
  sent({ eventId, role, occurredAt }: AgentEvent): string[] {
    const event = this.event(eventId);
    if (event.to !== null) return event.to;
    event.to = this.registry.addressed(role);
    for (const [agentId, answeredAtMs] of event.answeredAtMs) {
      this.registry.answered(agentId, Math.max(0, answeredAtMs - Date.parse(occurredAt)));
    }
    return event.to;
  }

  /** Returns what ends it. */
  onAck(listener: AckListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private heard(payload: unknown): void {
    if (!agentHeartbeat.check(payload)) return;
    const change = this.registry.heard(payload, this.clock.nowMs());
    if (change !== null) this.tell(change);
  }

  private acked(payload: unknown): void {
    if (!agentAck.check(payload)) return;
    const nowMs = this.clock.nowMs();
    const { sentAtMs, to, answeredAtMs } = this.event(payload.eventId);
    if (answeredAtMs.has(payload.agentId) || answeredAtMs.size >= MAX_PARTICIPANTS) return;
    answeredAtMs.set(payload.agentId, nowMs);
    if (to === null) return;
    const answerTimeMs = Math.max(0, nowMs - sentAtMs);
    this.registry.answered(payload.agentId, answerTimeMs);
    for (const listener of this.listeners) listener(payload, answerTimeMs);
  }

  private event(eventId: string): SentEvent {
    const known = this.events.get(eventId);
    if (known !== undefined) return known;
    const event = { sentAtMs: this.clock.nowMs(), to: null, answeredAtMs: new Map<string, number>() };
    this.events.set(eventId, event);
    if (this.events.size > MAX_EVENTS) this.events.delete(this.events.keys().next().value ?? '');
    return event;
  }

  private look(): void {
    const nowMs = this.clock.nowMs();
    for (const change of this.registry.lost(nowMs)) this.tell(change);
    for (const [eventId, { sentAtMs }] of this.events) {
      if (nowMs - sentAtMs <= REMEMBER_EVENTS_MS) break;
      this.events.delete(eventId);
    }
  }

  /** Every gateway notices; the id makes it one message. Told again with the next change when NATS is away. */
  private tell({ agentId, role, state, sinceMs }: ParticipantChange): void {
    const second = Math.round(sinceMs / 10_000);
    const timestamp = new Date(this.clock.nowMs()).toISOString();
    const message = {
      priority: 'normal',
      eventType: 'agent_status',
      timestamp,
      agentId,
      role,
      state,
    } as const;
    this.rooms.append('agents', `agent:${agentId}:${state}:${second}`, message).catch(() => undefined);
  }
}
