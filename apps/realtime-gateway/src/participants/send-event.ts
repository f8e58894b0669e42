import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AGENT_SUBJECTS, type AgentEvent, type EventSent, type SendEvent } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { Correlation, type Caller } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { Alerts } from '../alerts/alerts.js';
import { unanswered } from '../alerts/signals-of.js';
import { Rooms } from '../rooms/rooms.js';
import { Participants } from './participants.js';

/** An event unanswered after this is escalated. */
const ANSWER_WITHIN_MS = 5_000;

/** Sends a coordination event to the participants of a role, and waits for who answers. */
@Injectable()
export class SendCoordinationEvent {
  constructor(
    private readonly participants: Participants,
    private readonly rooms: Rooms,
    private readonly alerts: Alerts,
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Resolves at once when no answer is asked for; else when everybody answered, or after 5 s.
   * @throws SignalboxError DEPENDENCY_UNAVAILABLE when NATS is away: nothing was sent
   */
  async send(request: SendEvent, caller: Caller): Promise<EventSent> {
    const event: AgentEvent = {
      eventId: randomUUID(),
      occurredAt: new Date(this.clock.nowMs()).toISOString(),
      sentBy: caller.subject,
      ...request,
    };
    const participants = this.participants.sent(event);
    const answers = request.requiresAck ? this.answersOf(event.eventId, participants) : null;
    try {
      const subject = AGENT_SUBJECTS.event(event.role);
      await this.bus.publishTo(subject, event, event.eventId, Correlation.id());
    } catch (error) {
      answers?.giveUp();
      throw error;
    }
    const acknowledged = (await answers?.given) ?? [];
    const escalated = request.requiresAck && acknowledged.length === 0;
    if (escalated) await this.escalate(event, participants);
    return { eventId: event.eventId, participants, acknowledged, escalated };
  }

  private answersOf(eventId: string, participants: readonly string[]) {
    const acknowledged: EventSent['acknowledged'] = [];
    let finish = () => undefined as void;
    const given = new Promise<EventSent['acknowledged']>((resolve) => {
      const timer = setTimeout(() => finish(), ANSWER_WITHIN_MS);
      const stop = this.participants.onAck(({ agentId, answer, ...ack }, answerTimeMs) => {
        if (ack.eventId !== eventId) return;
        acknowledged.push({ agentId, answerTimeMs, ...(answer === undefined ? {} : { answer }) });
        const missing = participants.filter((one) => !acknowledged.some((ack) => ack.agentId === one));
        if (missing.length === 0) finish();
      });
      finish = () => {
        clearTimeout(timer);
        stop();
        resolve(acknowledged);
      };
    });
    return { given, giveUp: () => finish() };
  }

  private async escalate(event: AgentEvent, participants: readonly string[]): Promise<void> {
    const { eventId, eventType, role, sentBy } = event;
    const told = { eventId, coordinationEventType: eventType, role, sentBy, participants, escalated: true };
    const timestamp = new Date(this.clock.nowMs()).toISOString();
    void this.alerts.report(unanswered(event, participants, timestamp));
    await this.rooms
      .append('agents', `${eventId}:escalated`, {
        priority: 'critical',
        eventType: 'coordination_event',
        timestamp,
        ...told,
      })
      // The caller learns of the escalation in any case.
      .catch(() => undefined);
  }
}
