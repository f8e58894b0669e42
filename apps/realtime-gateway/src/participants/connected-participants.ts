import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type AgentAnswer, type AgentEvent, type AgentRegister } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import type { Caller } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import type { Socket } from 'socket.io';
import { heldPackets } from '../delivery/wire.js';
import { Participants } from './participants.js';

/** More than a burst of events, all of which a participant is told also while it polls: little to hold for one that stopped. */
const MOST_HELD = 64;

/** Participants that are connected to this gateway by WebSocket. */
@Injectable()
export class ConnectedParticipants {
  private readonly bySocket = new Map<Socket, AgentRegister>();

  constructor(
    private readonly participants: Participants,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws SignalboxError FORBIDDEN for those who only look on */
  register(socket: Socket, caller: Caller, agent: AgentRegister): void {
    if (caller.role === 'user') {
      throw new SignalboxError('FORBIDDEN', 'A participant needs one of the roles admin, manager, service');
    }
    this.bySocket.set(socket, agent);
    this.beat(socket);
  }

  /** @throws SignalboxError CONFLICT before it registered */
  beat(socket: Socket): void {
    this.participants.beat({ ...this.agentOf(socket), occurredAt: this.now() });
  }

  /** @throws SignalboxError CONFLICT before it registered */
  answer(socket: Socket, answer: AgentAnswer): void {
    const { agentId } = this.agentOf(socket);
    this.participants.answer({ ...answer, agentId, occurredAt: this.now() });
  }

  remove(socket: Socket): void {
    this.bySocket.delete(socket);
  }

  tell(event: AgentEvent): void {
    for (const [socket, { role }] of this.bySocket) {
      // One that takes nothing for so long answers too late, and is escalated.
      if (role === event.role && heldPackets(socket.conn) < MOST_HELD) socket.emit('agent_event', event);
    }
  }

  private agentOf(socket: Socket): AgentRegister {
    const agent = this.bySocket.get(socket);
    if (agent !== undefined) return agent;
    throw new SignalboxError('CONFLICT', 'Register first, with agent_register');
  }

  private now(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }
}
