import type { ServiceName } from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';
import { compileRules } from '../compiled-rules.js';
import { MINUTE_MS, addCalls, turnTo } from '../hour-window.js';
import type { LedgerSnapshot } from '../journal.js';
import { RESERVATION_TTL_MS, checkAmount, checkId } from '../ledger-bounds.js';
import * as port from '../ledger.js';
import { arrivalFromMinutes } from '../pacing.js';
import { rebuildFrom } from '../rebuilt.js';
import type { RulesSource } from '../rules.js';
import { budgetsAt, tiersAt } from '../standing.js';
import { ask } from './ask.js';
import { lease } from './lease.js';
import { ALL_TIERS, ServiceBook, type Turn } from './service-book.js';
import { commit, release, returnLease, sweep } from './settle.js';

export interface MemoryLedgerOptions {
  clock: Clock;
  rulesOf: RulesSource;
  /** How long a reservation waits for its settlement. */
  reservationTtlMs?: number;
}

/**
 * The ledger in one process's memory: what the contract means, in the fewest words, and the model that other ledgers
 * are tested against. Like them it is lost until it has been restored, also the first time.
 */
export class MemoryLedger implements port.AdmissionLedger {
  private readonly clock: Clock;
  private readonly rulesOf: RulesSource;
  private readonly ttlMs: number;
  private readonly books = new Map<ServiceName, ServiceBook>();

  constructor({ clock, rulesOf, reservationTtlMs = RESERVATION_TTL_MS }: MemoryLedgerOptions) {
    this.clock = clock;
    this.rulesOf = rulesOf;
    this.ttlMs = reservationTtlMs;
  }

  async admit(request: port.AdmissionRequest): Promise<port.Verdict> {
    checkId(request.requestId, 'requestId');
    checkAmount(request.estimateMicroUsd, 'estimateMicroUsd');
    const { override = null, force = false } = request;
    return ask(this.turn(request.serviceName), { ...request, override, force, leaseId: null }, this.ttlMs);
  }

  async transfer({ amountMicroUsd, ...order }: port.TransferOrder): Promise<port.Verdict> {
    checkId(order.requestId, 'requestId');
    checkAmount(amountMicroUsd, 'amountMicroUsd');
    const asked = { ...order, estimateMicroUsd: amountMicroUsd, override: null, force: true };
    return ask(this.turn(order.serviceName), asked, this.ttlMs);
  }

  async commit({ serviceName, reservationId, actualMicroUsd }: port.CommitOrder): Promise<port.Settlement> {
    checkId(reservationId, 'reservationId');
    checkAmount(actualMicroUsd, 'actualMicroUsd');
    return commit(this.turn(serviceName), reservationId, actualMicroUsd);
  }

  async release({ serviceName, reservationId }: port.ReservationRef): Promise<port.Settlement> {
    return release(this.turn(serviceName), reservationId);
  }

  async lease(order: port.LeaseOrder): Promise<port.LeaseGrant> {
    checkId(order.leaseId, 'leaseId');
    checkAmount(order.wantMicroUsd, 'wantMicroUsd');
    checkAmount(order.leastMicroUsd, 'leastMicroUsd');
    return lease(this.turn(order.serviceName), order);
  }

  async returnLease({ serviceName, leaseId }: port.LeaseRef): Promise<port.Settlement> {
    return returnLease(this.turn(serviceName), leaseId);
  }

  async sweep(serviceName: ServiceName): Promise<port.Sweep> {
    return sweep(this.turn(serviceName));
  }

  async alertsTold(serviceName: ServiceName, alertIds: readonly string[]): Promise<void> {
    const { book } = this.turn(serviceName);
    for (const id of alertIds) book.untold.delete(id);
  }

  async journalled(serviceName: ServiceName, reservationIds: readonly string[]): Promise<void> {
    const { book } = this.turn(serviceName);
    for (const id of reservationIds) book.unjournalled.delete(id);
  }

  async state(serviceName: ServiceName): Promise<port.LedgerState> {
    const { book, compiled, nowMs } = this.turn(serviceName);
    const standing = book.standing(nowMs, compiled.rules.budget.timeZone);
    return {
      serviceName,
      generation: book.generation,
      atMs: nowMs,
      tiers: tiersAt(standing, compiled),
      budget: budgetsAt(standing, compiled),
      openReservations: [...book.reservations.values()].filter(({ state }) => state === 'open').length,
    };
  }

  async claimRestore(): Promise<boolean> {
    return true;
  }

  async restore(snapshot: LedgerSnapshot): Promise<boolean> {
    const { serviceName, generation, callsByMinute } = snapshot;
    if ((this.books.get(serviceName)?.generation ?? 0) >= generation) return false;
    const compiled = compileRules(this.rulesOf(serviceName));
    const nowMs = this.clock.nowMs();
    const book = new ServiceBook(serviceName, generation);
    const { periods, reservations, drawnMicroUsd } = rebuildFrom(snapshot);
    turnTo(book.hour, Math.floor(nowMs / MINUTE_MS));
    for (const [minute, calls] of callsByMinute) addCalls(book.hour, minute, calls);
    book.arrivalUs = arrivalFromMinutes(compiled.pace, callsByMinute, nowMs * 1000);
    for (const { kind, key, told, ...counts } of periods) {
      Object.assign(book.page(kind, key), counts, { told: new Set(told) });
    }
    for (const reservation of reservations) {
      book.reservations.set(reservation.reservationId, { ...reservation, taken: ALL_TIERS });
    }
    for (const [overrideId, drawn] of drawnMicroUsd) book.drawnMicroUsd.set(overrideId, drawn);
    this.books.set(serviceName, book);
    return true;
  }

  /** Forgets everything, as a server that comes up empty has. */
  lose(): void {
    this.books.clear();
  }

  private turn(serviceName: ServiceName): Turn {
    const compiled = compileRules(this.rulesOf(serviceName));
    const book = this.books.get(serviceName);
    if (book === undefined) throw new port.LedgerLost(serviceName);
    return { book, compiled, nowMs: this.clock.nowMs() };
  }
}
