import { SignalboxError, type ServiceName } from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';
import { GroupCommit } from './group-commit.js';
import type { Journal, LedgerSnapshot, Movement } from './journal.js';
import * as port from './ledger.js';

export interface JournaledLedgerOptions {
  /** The hot ledger, shared by all replicas. */
  ledger: port.AdmissionLedger;
  journal: Journal;
  clock: Clock;
  /** Resolves after this many milliseconds. */
  wait: (ms: number) => Promise<void>;
  /** Told when the journal fails and when it takes again what was kept for it. */
  onJournal?: (event: { kind: 'failed'; error: unknown } | { kind: 'caught_up'; movements: number }) => void;
  /** Told when this process has rebuilt a service's ledger. */
  onRebuilt?: (serviceName: ServiceName, generation: number) => void;
}

/** Movements kept while the journal is away, some 5 MB; then admission is refused rather than forgotten. */
const MAX_BACKLOG = 10_000;
const CAUGHT_UP_AT_ONCE = 500;
/** After a failure the journal is left alone this long, so that not every call waits for its timeout. */
const JOURNAL_REST_MS = 1_000;
/** How long a call waits for a ledger that another one restores: 40 × 50 ms. */
const MAX_WAITS = 40;
const WAIT_MS = 50;
/** Rebuilt under the call so many times: something else is wrong. */
const MAX_FENCED = 5;

/**
 * A ledger that survives the loss of its hot half. Each step is taken there, atomically, and then journalled (many at
 * a time) before it is answered. So what has been answered is in the journal; what is in the journal only can be
 * rebuilt; and what was in the hot half only was never answered.
 *
 * The race to beat: hot half lost, another replica rebuilds it without the step that is not journalled yet. The
 * journal refuses movements of a generation that is over, and then the step is simply taken again, in the new one.
 *
 * While the journal is away calls are still admitted (`isJournalled` is false): the hot half alone keeps every limit. Only
 * if it is lost during that time can a budget be overdrawn, by what this process could not journal; that is
 * reserved by force as soon as both are back. A process holds 10,000 movements for the journal; beyond, it refuses.
 */
export class JournaledLedger implements port.AdmissionLedger {
  private readonly ledger: port.AdmissionLedger;
  private readonly commits: GroupCommit;
  private readonly rebuilding = new Map<ServiceName, Promise<boolean>>();
  private turn: Promise<void> = Promise.resolve();
  /** By id: a sweep finds the same commits again each second until they are confirmed, and one is enough. */
  private readonly backlog = new Map<string, Movement>();
  private catchingUp: Promise<void> | null = null;
  private restUntilMs = 0;

  constructor(private readonly options: JournaledLedgerOptions) {
    this.ledger = options.ledger;
    this.commits = new GroupCommit(options.journal, (movements) => this.confirm(movements));
  }

  /** Movements that wait for the journal to come back. */
  get backlogLength(): number {
    return this.backlog.size;
  }

  async admit(request: port.AdmissionRequest): Promise<port.Verdict> {
    if (this.backlog.size >= MAX_BACKLOG && request.force !== true) throw unavailable('postgres');
    const { serviceName } = request;
    const { result, isJournalled } = await this.take(serviceName, () => this.ledger.admit(request));
    return { ...result, isJournalled };
  }

  async transfer(order: port.TransferOrder): Promise<port.Verdict> {
    const { result, isJournalled } = await this.take(order.serviceName, () => this.ledger.transfer(order));
    return { ...result, isJournalled };
  }

  async commit(order: port.CommitOrder): Promise<port.Settlement> {
    return (await this.take(order.serviceName, () => this.ledger.commit(order))).result;
  }

  async release(order: port.ReservationRef): Promise<port.Settlement> {
    return (await this.take(order.serviceName, () => this.ledger.release(order))).result;
  }

  async lease(order: port.LeaseOrder): Promise<port.LeaseGrant> {
    if (this.backlog.size >= MAX_BACKLOG) throw unavailable('postgres');
    return (await this.take(order.serviceName, () => this.ledger.lease(order))).result;
  }

  async returnLease(order: port.LeaseRef): Promise<port.Settlement> {
    return (await this.take(order.serviceName, () => this.ledger.returnLease(order))).result;
  }

  async sweep(serviceName: ServiceName): Promise<port.Sweep> {
    if (this.backlog.size > 0) await this.catchUp();
    return (await this.take(serviceName, () => this.ledger.sweep(serviceName))).result;
  }

  async state(serviceName: ServiceName): Promise<port.LedgerState> {
    return this.found(serviceName, () => this.ledger.state(serviceName));
  }

  async alertsTold(serviceName: ServiceName, alertIds: readonly string[]): Promise<void> {
    return this.found(serviceName, () => this.ledger.alertsTold(serviceName, alertIds));
  }

  journalled(serviceName: ServiceName, reservationIds: readonly string[]): Promise<void> {
    return this.ledger.journalled(serviceName, reservationIds);
  }

  claimRestore(serviceName: ServiceName): Promise<boolean> {
    return this.ledger.claimRestore(serviceName);
  }

  restore(snapshot: LedgerSnapshot): Promise<boolean> {
    return this.ledger.restore(snapshot);
  }

  private async take<T extends { movements: Movement[] }>(
    serviceName: ServiceName,
    step: () => Promise<T>,
  ): Promise<{ result: T; isJournalled: boolean }> {
    let fencedGeneration = -1;
    for (let fenced = 0; fenced < MAX_FENCED; fenced++) {
      const result = await this.found(serviceName, step);
      const [first] = result.movements;
      if (first === undefined) return { result, isJournalled: true };
      const journalled = await this.journalOf(result.movements);
      if (journalled !== 'fenced') return { result, isJournalled: journalled === 'stored' };
      // Twice in one generation: who opened the next one died before the ledger was restored.
      if (first.generation === fencedGeneration) await this.rebuild(serviceName);
      fencedGeneration = first.generation;
    }
    throw unavailable('redis');
  }

  /** Takes a step on a ledger that is not lost: rebuilds it, or waits for who does. */
  private async found<T>(serviceName: ServiceName, step: () => Promise<T>): Promise<T> {
    for (let waits = 0; ; waits++) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof port.LedgerLost)) throw error;
        if (waits >= MAX_WAITS) throw unavailable('redis', error);
      }
      if (!(await this.mended(serviceName))) await this.options.wait(WAIT_MS);
    }
  }

  /** True when this process found it restored or restored it, false while another one does. */
  private mended(serviceName: ServiceName): Promise<boolean> {
    return this.inTurn(serviceName, async () => {
      // Restored by another process while it waited for its turn.
      if (!(await this.isLost(serviceName))) return true;
      if (!(await this.ledger.claimRestore(serviceName))) return false;
      await this.openNext(serviceName);
      return true;
    });
  }

  private rebuild(serviceName: ServiceName): Promise<boolean> {
    return this.inTurn(serviceName, async () => {
      await this.openNext(serviceName);
      return true;
    });
  }

  /**
   * One service at a time: a day of its entries passes through this process, and six at once would keep each other's
   * statements and commands waiting beyond their timeouts. Who comes for a service that has its turn shares it.
   */
  private inTurn(serviceName: ServiceName, mend: () => Promise<boolean>): Promise<boolean> {
    const underWay = this.rebuilding.get(serviceName);
    if (underWay !== undefined) return underWay;
    const mended = this.turn.then(mend).finally(() => this.rebuilding.delete(serviceName));
    this.rebuilding.set(serviceName, mended);
    this.turn = mended.then(nothing, nothing);
    return mended;
  }

  private async isLost(serviceName: ServiceName): Promise<boolean> {
    try {
      await this.ledger.state(serviceName);
      return false;
    } catch (error) {
      if (error instanceof port.LedgerLost) return true;
      throw error;
    }
  }

  private async openNext(serviceName: ServiceName): Promise<void> {
    let snapshot: LedgerSnapshot;
    try {
      snapshot = await this.options.journal.openGeneration(serviceName);
    } catch (error) {
      throw unavailable('postgres', error);
    }
    if (await this.ledger.restore(snapshot)) this.options.onRebuilt?.(serviceName, snapshot.generation);
  }

  private async journalOf(movements: readonly Movement[]): Promise<'stored' | 'fenced' | 'kept'> {
    if (this.backlog.size > 0 && this.clock.nowMs() >= this.restUntilMs) await this.catchUp();
    if (this.backlog.size > 0 || this.clock.nowMs() < this.restUntilMs) return this.keep(movements);
    try {
      return (await this.commits.append(movements)) ? 'stored' : 'fenced';
    } catch (error) {
      this.failed(error);
      return this.keep(movements);
    }
  }

  private keep(movements: readonly Movement[]): 'kept' {
    const fresh = movements.filter(({ movementId }) => !this.backlog.has(movementId));
    if (this.backlog.size + fresh.length > MAX_BACKLOG) throw unavailable('postgres');
    // The later generation's, where it is known already: an earlier one's can no longer be stored.
    for (const movement of movements) this.backlog.set(movement.movementId, movement);
    return 'kept';
  }

  /** Journals what was kept. Rejects never. */
  private catchUp(): Promise<void> {
    this.catchingUp ??= this.emptyBacklog().finally(() => (this.catchingUp = null));
    return this.catchingUp;
  }

  private async emptyBacklog(): Promise<void> {
    let caughtUp = 0;
    try {
      while (this.backlog.size > 0) {
        const batch = [...this.backlog.values()].slice(0, CAUGHT_UP_AT_ONCE);
        const stored = await this.options.journal.append(batch);
        // Answered, but unknown to the ledger that was rebuilt since: made known to it by force.
        for (const movement of batch.filter((_, index) => !stored[index])) await this.redo(movement);
        for (const movement of batch) {
          if (this.backlog.get(movement.movementId) === movement) this.backlog.delete(movement.movementId);
        }
        caughtUp += batch.length;
        this.confirm(batch);
      }
      this.options.onJournal?.({ kind: 'caught_up', movements: caughtUp });
    } catch (error) {
      this.failed(error);
    }
  }

  private async redo(movement: Movement): Promise<void> {
    const { serviceName } = movement;
    let fencedGeneration = -1;
    for (let fenced = 0; fenced < MAX_FENCED; fenced++) {
      const movements = await this.found(serviceName, () => this.takeAgain(movement));
      const [first] = movements;
      if (first === undefined) return;
      const stored = await this.options.journal.append(movements);
      if (stored.every(Boolean)) return;
      if (first.generation === fencedGeneration) await this.rebuild(serviceName);
      fencedGeneration = first.generation;
    }
    throw unavailable('redis');
  }

  private async takeAgain({
    kind,
    serviceName,
    reservationId,
    amountMicroUsd,
  }: Movement): Promise<Movement[]> {
    const ref = { serviceName, reservationId };
    if (kind === 'commit') {
      return (await this.ledger.commit({ ...ref, actualMicroUsd: amountMicroUsd })).movements;
    }
    if (kind === 'release') return (await this.ledger.release(ref)).movements;
    if (kind !== 'reserve' && kind !== 'transfer') return [];
    const forced = { priority: 'CRITICAL', estimateMicroUsd: amountMicroUsd, force: true } as const;
    return (await this.ledger.admit({ serviceName, requestId: reservationId, ...forced })).movements;
  }

  private failed(error: unknown): void {
    this.restUntilMs = this.clock.nowMs() + JOURNAL_REST_MS;
    this.options.onJournal?.({ kind: 'failed', error });
  }

  /** Commits are in the journal: the ledger need not remind of them. It does so again if this is lost. */
  private confirm(movements: readonly Movement[]): void {
    const byService = new Map<ServiceName, string[]>();
    for (const { kind, serviceName, reservationId } of movements) {
      if (kind !== 'commit') continue;
      const ids = byService.get(serviceName);
      if (ids === undefined) byService.set(serviceName, [reservationId]);
      else ids.push(reservationId);
    }
    for (const [serviceName, ids] of byService) {
      void this.ledger.journalled(serviceName, ids).catch(() => undefined);
    }
  }

  private get clock(): Clock {
    return this.options.clock;
  }
}

function nothing(): void {}

function unavailable(dependency: 'postgres' | 'redis', cause?: unknown): SignalboxError {
  const error = new SignalboxError(
    'DEPENDENCY_UNAVAILABLE',
    `The ledger needs ${dependency}, which is not available`,
    {
      dependency,
    },
  );
  error.cause = cause;
  return error;
}
