import type { InFlightTicket } from '../route.js';
import type { LiveNode } from './live-node.js';

/**
 * Calls and reports remembered per service and replica. At the default lease of 60 s that is 3,300 calls a
 * second with nothing forgotten; past it the oldest leave early: a call not reported yet stops counting as in
 * flight, a reported one could be reported again.
 */
export const MOST_TICKETS = 200_000;

export interface Ticket {
  readonly call: InFlightTicket;
  readonly node: LiveNode;
  isSettled: boolean;
}

/**
 * One ticket per decided call, from the decision to the end of its lease. A settled ticket stays until then, so
 * that a second report of the same call is known as such. Tickets leave in the order they came, which is the
 * order their leases end: everything is O(1).
 */
export class TicketRegister {
  readonly #byId = new Map<string, Ticket>();
  #queue: Ticket[] = [];
  #head = 0;

  /** `onLapsed` hears of every ticket that leaves unreported. */
  constructor(private readonly onLapsed: (ticket: Ticket) => void) {}

  /** Of a decided call, or already settled: of a call that another replica decided and this one heard the end of. */
  add(ticket: Ticket): void {
    if (this.#queue.length - this.#head >= MOST_TICKETS) this.#dropOldest();
    this.#queue.push(ticket);
    this.#byId.set(ticket.call.coordinationId, ticket);
  }

  /** The ticket, now settled; `duplicate` when it was already; null when the call is not known here. */
  settle(coordinationId: string): Ticket | 'duplicate' | null {
    const ticket = this.#byId.get(coordinationId);
    if (ticket === undefined) return null;
    if (ticket.isSettled) return 'duplicate';
    ticket.isSettled = true;
    return ticket;
  }

  expire(nowMs: number): void {
    for (let oldest = this.#queue[this.#head]; oldest; oldest = this.#queue[this.#head]) {
      if (oldest.call.leaseExpiresAtMs > nowMs) return;
      this.#dropOldest();
    }
  }

  /** Decided here and not reported, oldest first. */
  inFlight(): InFlightTicket[] {
    const open: InFlightTicket[] = [];
    for (let place = this.#head; place < this.#queue.length; place++) {
      const ticket = this.#queue[place]!;
      if (!ticket.isSettled) open.push(ticket.call);
    }
    return open;
  }

  #dropOldest(): void {
    const ticket = this.#queue[this.#head++]!;
    const { coordinationId } = ticket.call;
    // An id decided twice belongs to its latest ticket.
    if (this.#byId.get(coordinationId) === ticket) this.#byId.delete(coordinationId);
    if (!ticket.isSettled) {
      ticket.isSettled = true;
      this.onLapsed(ticket);
    }
    // More than half of the array is behind the head: moving the rest costs each ticket about one copy.
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
