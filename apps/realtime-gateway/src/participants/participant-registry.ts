import type { AgentHeartbeat, AgentStatus, ParticipantRole } from '@signalbox/contracts';

/** Three heartbeats of 10 s. */
export const LOST_AFTER_MS = 30_000;
/** A lost participant is shown for an hour, so that an operator sees that it was there. */
const FORGET_AFTER_MS = 60 * 60_000;
export const MAX_PARTICIPANTS = 1_000;

interface Participant {
  agentId: string;
  role: ParticipantRole;
  name: string | null;
  lastHeartbeatMs: number;
  isLost: boolean;
  sent: number;
  answered: number;
  answerMsSum: number;
}

export type ParticipantChange = {
  agentId: string;
  role: ParticipantRole;
  state: 'alive' | 'lost';
  sinceMs: number;
};

/** The participants that were heard of, by their heartbeats. Pure: time is handed in. */
export class ParticipantRegistry {
  private readonly participants = new Map<string, Participant>();

  /** The change, when it is one: somebody new, somebody back. */
  heard({ agentId, role, name }: AgentHeartbeat, nowMs: number): ParticipantChange | null {
    const known = this.participants.get(agentId);
    if (known === undefined) {
      if (this.participants.size >= MAX_PARTICIPANTS) return null;
      const counts = { sent: 0, answered: 0, answerMsSum: 0 };
      const state = { lastHeartbeatMs: nowMs, isLost: false };
      this.participants.set(agentId, { agentId, role, name: name ?? null, ...state, ...counts });
      return { agentId, role, state: 'alive', sinceMs: nowMs };
    }
    const wasLost = known.isLost;
    Object.assign(known, { role, name: name ?? known.name, lastHeartbeatMs: nowMs, isLost: false });
    return wasLost ? { agentId, role, state: 'alive', sinceMs: nowMs } : null;
  }

  /** Those who have been silent for too long since the last look. */
  lost(nowMs: number): ParticipantChange[] {
    const changes: ParticipantChange[] = [];
    for (const participant of this.participants.values()) {
      const { agentId, role, lastHeartbeatMs } = participant;
      if (nowMs - lastHeartbeatMs > FORGET_AFTER_MS) this.participants.delete(agentId);
      if (participant.isLost || nowMs - lastHeartbeatMs <= LOST_AFTER_MS) continue;
      participant.isLost = true;
      changes.push({ agentId, role, state: 'lost', sinceMs: lastHeartbeatMs });
    }
    return changes;
  }

  /** The living ones of the role; the event counts as sent to each. */
  addressed(role: ParticipantRole): string[] {
    const living = [...this.participants.values()].filter((one) => one.role === role && !one.isLost);
    for (const participant of living) participant.sent += 1;
    return living.map(({ agentId }) => agentId);
  }

  answered(agentId: string, answerMs: number): void {
    const participant = this.participants.get(agentId);
    if (participant === undefined) return;
    participant.answered += 1;
    participant.answerMsSum += answerMs;
  }

  all(): AgentStatus[] {
    return [...this.participants.values()].map(
      ({ agentId, role, name, isLost, lastHeartbeatMs, sent, answered, answerMsSum }) => ({
        agentId,
        role,
        name,
        state: isLost ? 'lost' : 'alive',
        lastHeartbeat: new Date(lastHeartbeatMs).toISOString(),
        eventsSent: sent,
        eventsAnswered: answered,
        answerTimeMs: answered === 0 ? null : answerMsSum / answered,
      }),
    );
  }
}
