import type { InFlightTicket } from '../route.js';
import type { LiveNode } from './live-node.js';

/**
 * Calls remembered per service and replica: at least the latest so many, at most twice as many. At the default
 * lease of 60 s that is 800 calls a second with no loss at all; past it the oldest are forgotten early: one
 * not reported yet stops counting as in flight, and a second report of one would not be noticed here.
 */
const REMEMBERED_CALLS = 50_000;

export interface Ticket extends InFlightTicket {
  readonly node: LiveNode;
  isOpen: boolean;
}

/** Calls of one stretch of time. Forgotten as a whole, which costs nothing per call. */
class Generation {
  /** Null: a call of another replica whose outcome was reported here. */
  readonly byId = new Map<string, Ticket | null>();
  /** In the order of decision, which is the order in which leases end. */
  readonly tickets: Ticket[] = [];
  /** Everything before it is closed. */
  head = 0;
}

/**
 * One ticket per decided call, from the decision to its report or the end of its lease. Closed tickets stay for
 * a while, so that a second report of a call is known as such. Everything is O(1), amortised.
 */
export class TicketRegister {
  #young = new Generation();
  #old = new Generation();

  /** `onLapsed` hears of every ticket that ends unreported. */
  constructor(private readonly onLapsed: (ticket: Ticket) => void) {}

  open(ticket: Ticket): void {
    this.#makeRoom();
    this.#young.byId.set(ticket.coordinationId, ticket);
    this.#young.tickets.push(ticket);
  }

  /**
   * Takes a report: the ticket, which is closed by it; `duplicate` when the call was reported before; null when
   * it was not decided here, or its lease is over.
   */
  settle(coordinationId: string): Ticket | 'duplicate' | null {
    let ticket = this.#young.byId.get(coordinationId);
    if (ticket === undefined) ticket = this.#old.byId.get(coordinationId);
    if (ticket === undefined) {
      this.#makeRoom();
      this.#young.byId.set(coordinationId, null);
      return null;
    }
    if (!ticket?.isOpen) return 'duplicate';
    ticket.isOpen = false;
    return ticket;
  }

  expire(nowMs: number): void {
    for (const generation of [this.#old, this.#young]) this.#lapse(generation, nowMs);
  }

  /** Decided and not reported, oldest first. */
  inFlight(): InFlightTicket[] {
    return [this.#old, this.#young].flatMap(({ tickets, head }) =>
      tickets
        .slice(head)
        .filter(({ isOpen }) => isOpen)
        .map(({ node, isOpen, ...ticket }) => ticket),
    );
  }

  #makeRoom(): void {
    if (this.#young.byId.size < REMEMBERED_CALLS) return;
    this.#lapse(this.#old, Infinity);
    this.#old = this.#young;
    this.#young = new Generation();
  }

  #lapse(generation: Generation, nowMs: number): void {
    const { tickets } = generation;
    for (let ticket = tickets[generation.head]; ticket; ticket = tickets[++generation.head]) {
      if (!ticket.isOpen) continue;
      if (ticket.leaseExpiresAtMs > nowMs) return;
      ticket.isOpen = false;
      this.onLapsed(ticket);
    }
  }
}
