import { Controller, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  sendEvent,
  type AgentStatus,
  type EventMap,
  type EventSent,
  type SendEvent,
  type Success,
} from '@signalbox/contracts';
import { OnFact } from '@signalbox/messaging';
import { Access, Auditor, Caller, Correlation, ValidBody } from '@signalbox/platform';
import { Rooms } from '../rooms/rooms.js';
import { ConnectedParticipants } from './connected-participants.js';
import { Participants } from './participants.js';
import { SendCoordinationEvent } from './send-event.js';

@ApiTags('realtime')
@Controller('stream-b-coordination')
export class ParticipantsController {
  constructor(
    private readonly participants: Participants,
    private readonly connected: ConnectedParticipants,
    private readonly sending: SendCoordinationEvent,
    private readonly rooms: Rooms,
    private readonly auditor: Auditor,
  ) {}

  /** Who takes part: role, last heartbeat, events sent and answered. */
  @Get('agents/status')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 120 })
  status(): Success<{ items: AgentStatus[] }> {
    return ok({ items: this.participants.all() });
  }

  /** Sends a coordination event to a role; answers who acknowledged within 5 s. */
  @Post('coordination/send-event')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async send(@ValidBody(sendEvent) body: SendEvent, @Caller() caller: Caller): Promise<Success<EventSent>> {
    const sent = await this.sending.send(body, caller);
    await this.auditor.record({
      actor: caller.subject,
      role: caller.role,
      action: 'coordination.send',
      object: `event:${sent.eventId}`,
      before: null,
      after: { eventType: body.eventType, role: body.role, escalated: sent.escalated },
      correlationId: Correlation.id() ?? 'none',
    });
    return ok(sent);
  }

  /** To the participants that are connected here; counted by every gateway, so that each can say who answered. */
  @OnFact('agents.event', { consumer: 'participants', delivery: 'every-replica' })
  deliver(event: EventMap['agents.event']): void {
    this.participants.sent(event);
    this.connected.tell(event);
  }

  /** To everybody who looks on. */
  @OnFact('agents.event', { consumer: 'rooms', delivery: 'one-replica', concurrency: 1 })
  show({ eventId, occurredAt, eventType, ...event }: EventMap['agents.event']): Promise<void> {
    return this.rooms.append('agents', `${eventId}:coordination_event`, {
      priority: event.priority === 'critical' ? 'critical' : 'normal',
      eventType: 'coordination_event',
      timestamp: occurredAt,
      eventId,
      coordinationEventType: eventType,
      role: event.role,
      sentBy: event.sentBy,
      requiresAck: event.requiresAck,
      payload: event.payload,
    });
  }
}
