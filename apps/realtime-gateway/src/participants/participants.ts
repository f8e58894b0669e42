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
import { ParticipantRegistry, type ParticipantChange } from './participant-registry.js';

const LOOK_EVERY_MS = 1_000;
/** Answers that may still come are counted for this long. */
const REMEMBER_EVENTS_MS = 60_000;
const MAX_EVENTS = 10_000;

export type AckListener = (ack: AgentAck, answerTimeMs: number) => void;

/**
 * Who takes part, over NATS or WebSocket, and what they answered. Every gateway hears every heartbeat and answer,
 * since those that come by WebSocket are passed on over NATS: so each can say how all participants are.
 */
@Injectable()
export class Participants implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly registry = new ParticipantRegistry();
  private readonly sentAtMs = new Map<string, number>();
  private readonly answeredBy = new Set<string>();
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

  /** An event was sent: its answers are timed from now. Who it was for. */
  sent({ eventId, role }: AgentEvent): string[] {
    this.sentAtMs.set(eventId, this.clock.nowMs());
    if (this.sentAtMs.size > MAX_EVENTS) this.sentAtMs.delete(this.sentAtMs.keys().next().value ?? '');
    return this.registry.addressed(role);
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
    const sentAtMs = this.sentAtMs.get(payload.eventId);
    const once = `${payload.eventId} ${payload.agentId}`;
    if (sentAtMs === undefined || this.answeredBy.has(once)) return;
    this.answeredBy.add(once);
    const answerTimeMs = Math.max(0, this.clock.nowMs() - sentAtMs);
    this.registry.answered(payload.agentId, answerTimeMs);
    for (const listener of this.listeners) listener(payload, answerTimeMs);
  }

  private look(): void {
    const nowMs = this.clock.nowMs();
    for (const change of this.registry.lost(nowMs)) this.tell(change);
    for (const [eventId, sentAtMs] of this.sentAtMs) {
      if (nowMs - sentAtMs <= REMEMBER_EVENTS_MS) break;
      this.sentAtMs.delete(eventId);
    }
    if (this.sentAtMs.size === 0) this.answeredBy.clear();
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
