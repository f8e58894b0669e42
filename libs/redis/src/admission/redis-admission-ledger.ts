import {
  LEASE_DIVISOR,
  LEFT_AFTER_MS,
  MAX_LEASE_MS,
  RESERVATION_TTL_MS,
  SWEEP_BATCH,
  budgetsAt,
  checkAmount,
  checkId,
  movementOf,
  tiersAt,
  type AdmissionLedger,
  type AdmissionRequest,
  type CommitOrder,
  type LeaseGrant,
  type LeaseOrder,
  type LeaseRef,
  type LedgerSnapshot,
  type LedgerState,
  type Reservation,
  type ReservationRef,
  type RulesSource,
  type Settlement,
  type Sweep,
  type TransferOrder,
  type Verdict,
} from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';
import type { RedisConnection } from '../redis-connection.js';
import { Admissions, withAlerts } from './admissions.js';
import { budgetArguments, prefixOf } from './arguments.js';
import { alertsIn, reservationIn, untoldIn, type Cell, type RecordReply } from './replies.js';
import { restoreOn } from './restore.js';
import { Script } from './script.js';
import { LEASE } from './scripts/lease.js';
import { STATE } from './scripts/restore.js';
import { SETTLE, SWEEP } from './scripts/settle.js';
import { ServiceScripts } from './service-scripts.js';
import { standingIn } from './standing-reply.js';

export interface RedisAdmissionLedgerOptions {
  connection: RedisConnection;
  rulesOf: RulesSource;
  /** How long a reservation waits for its settlement; 10 minutes by default. */
  reservationTtlMs?: number;
  nowMs?: () => number;
}

const settle = new Script(SETTLE);
const sweep = new Script(SWEEP);
const lease = new Script(LEASE);
const state = new Script(STATE);

/** Who claimed to restore a service and has shown no progress for so long is taken for dead. */
const CLAIM_MS = 10_000;
/**
 * The ledger on Redis: one script a step, each atomic, by the server's time. Any number of processes may use it. By itself
 * it forgets with Redis; `JournaledLedger` around it does not. Rejects with LedgerLost when Redis came up without the
 * service's counts, and with DEPENDENCY_UNAVAILABLE while Redis is away.
 */
export class RedisAdmissionLedger implements AdmissionLedger {
  private readonly scripts: ServiceScripts;
  private readonly connection: RedisConnection;
  private readonly rulesOf: RulesSource;
  private readonly admissions: Admissions;

  constructor({
    connection,
    rulesOf,
    reservationTtlMs = RESERVATION_TTL_MS,
    nowMs = Date.now,
  }: RedisAdmissionLedgerOptions) {
    this.connection = connection;
    this.rulesOf = rulesOf;
    this.scripts = new ServiceScripts(connection, rulesOf, nowMs);
    this.admissions = new Admissions(this.scripts, reservationTtlMs);
  }

  admit(request: AdmissionRequest): Promise<Verdict> {
    const { serviceName, requestId, priority, estimateMicroUsd, force = false, override = null } = request;
    const question = { requestId, priority, estimateMicroUsd, force, leaseId: '', override };
    return this.admissions.ask(serviceName, question);
  }

  transfer({ serviceName, requestId, leaseId, priority, amountMicroUsd }: TransferOrder): Promise<Verdict> {
    const question = {
      requestId,
      priority,
      estimateMicroUsd: amountMicroUsd,
      force: true,
      leaseId,
      override: null,
    };
    return this.admissions.ask(serviceName, question);
  }

  async commit({ serviceName, reservationId, actualMicroUsd }: CommitOrder): Promise<Settlement> {
    checkAmount(actualMicroUsd, 'actualMicroUsd');
    return this.settle(serviceName, reservationId, 'commit', actualMicroUsd);
  }

  async release({ serviceName, reservationId }: ReservationRef): Promise<Settlement> {
    return this.settle(serviceName, reservationId, 'release', 0);
  }

  async returnLease({ serviceName, leaseId }: LeaseRef): Promise<Settlement> {
    return this.settle(serviceName, leaseId, 'return', 0);
  }

  async lease(order: LeaseOrder): Promise<LeaseGrant> {
    const { serviceName, leaseId, wantMicroUsd, leastMicroUsd, ttlMs } = order;
    checkId(leaseId, 'leaseId');
    checkAmount(wantMicroUsd, 'wantMicroUsd');
    checkAmount(leastMicroUsd, 'leastMicroUsd');
    const { reply, asking } = await this.scripts.ask(serviceName, lease, ({ compiled, calendar }) => [
      ...[leaseId, wantMicroUsd, leastMicroUsd, Math.min(ttlMs, MAX_LEASE_MS)],
      ...[compiled.shadow.budget ? 1 : 0, LEASE_DIVISOR],
      ...calendar.arguments,
      ...budgetArguments(compiled),
    ]);
    const cells = reply as Cell[];
    const tiers = { arrivalUs: 0, hourCalls: 0, hourYoungest: 0, dayCalls: 0 };
    const standing = standingIn(cells, 3, Number(cells[1]), tiers, asking);
    const granted = reservationIn(leaseId, reply[13] as RecordReply);
    const generation = Number(cells[2]);
    return {
      leaseId,
      grantedMicroUsd: granted?.reservedMicroUsd ?? 0,
      expiresAtMs: granted?.expiresAtMs ?? null,
      budget: budgetsAt(standing, asking.compiled),
      movements: granted === null ? [] : [movementOf('lease', serviceName, generation, granted)],
    };
  }

  async sweep(serviceName: ServiceName): Promise<Sweep> {
    const { reply, asking } = await this.scripts.ask(serviceName, sweep, ({ compiled }) => [
      ...[SWEEP_BATCH, LEFT_AFTER_MS],
      ...budgetArguments(compiled),
    ]);
    const [, generation, more, nowMs, expired, left, alerts] = reply as [
      ...[number, number, number, number],
      ...[unknown[], unknown[], string[]],
    ];
    const untold = untoldIn(alerts, serviceName, asking.compiled);
    return {
      expired: expired.length / 2,
      more: more === 1,
      movements: [
        ...reservationsIn(expired).map((one) => movementOf('expire', serviceName, generation, one)),
        ...reservationsIn(left).map((one) => movementOf('commit', serviceName, generation, one)),
      ],
      untoldAlerts: untold.filter(({ atMs }) => atMs + LEFT_AFTER_MS <= nowMs),
    };
  }

  async alertsTold(serviceName: ServiceName, alertIds: readonly string[]): Promise<void> {
    if (alertIds.length === 0) return;
    await this.connection.run((client) => client.hdel(`${prefixOf(serviceName)}alerts`, ...alertIds));
  }

  async journalled(serviceName: ServiceName, reservationIds: readonly string[]): Promise<void> {
    if (reservationIds.length === 0) return;
    await this.connection.run((client) =>
      client.zrem(`${prefixOf(serviceName)}unjournalled`, ...reservationIds),
    );
  }

  async state(serviceName: ServiceName): Promise<LedgerState> {
    const { reply, asking } = await this.scripts.ask(
      serviceName,
      state,
      ({ calendar }) => calendar.arguments,
    );
    const cells = reply as number[];
    const [, atUs = 0, generation = 0, arrivalUs = 0, hourCalls = 0, hourYoungest = 0, dayCalls = 0] = cells;
    const standing = standingIn(cells, 7, atUs, { arrivalUs, hourCalls, hourYoungest, dayCalls }, asking);
    return {
      serviceName,
      generation,
      atMs: Math.floor(atUs / 1000),
      tiers: tiersAt(standing, asking.compiled),
      budget: budgetsAt(standing, asking.compiled),
      openReservations: cells[17] ?? 0,
    };
  }

  async claimRestore(serviceName: ServiceName): Promise<boolean> {
    const key = `${prefixOf(serviceName)}restoring`;
    return (await this.connection.run((client) => client.set(key, '1', 'PX', CLAIM_MS, 'NX'))) !== null;
  }

  async restore(snapshot: LedgerSnapshot): Promise<boolean> {
    return restoreOn(this.scripts, snapshot, this.rulesOf);
  }

  private async settle(
    serviceName: ServiceName,
    id: string,
    kind: 'commit' | 'release' | 'return',
    actualMicroUsd: number,
  ): Promise<Settlement> {
    checkId(id, kind === 'return' ? 'leaseId' : 'reservationId');
    const { reply, asking } = await this.scripts.ask(serviceName, settle, ({ compiled, calendar }) => [
      ...[id, kind, actualMicroUsd, compiled.pace.intervalUs, compiled.pace.toleranceUs],
      ...calendar.arguments,
      ...budgetArguments(compiled),
    ]);
    const [, generation, changed, nowMs, alertCells, record] = reply as [
      ...[number, number, number, number],
      ...[Cell[], RecordReply],
    ];
    const reservation = reservationIn(id, record);
    if (reservation === null) return { changed: false, alerts: [], movements: [] };
    const alerts = alertsIn(alertCells, serviceName, asking.compiled, nowMs);
    const movements = withAlerts(movementOf(kind, serviceName, generation, reservation), alerts);
    return { changed: changed === 1, alerts, movements };
  }
}

/** Id, record, and again. */
function reservationsIn(cells: unknown[]): Reservation[] {
  const reservations: Reservation[] = [];
  for (let at = 0; at < cells.length; at += 2) {
    const reservation = reservationIn(String(cells[at]), cells[at + 1] as RecordReply);
    if (reservation !== null) reservations.push(reservation);
  }
  return reservations;
}
