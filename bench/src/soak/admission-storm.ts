import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { JournaledLedger, LEFT_AFTER_MS, type LedgerState } from '@signalbox/budgets';
import { MemoryJournal } from '@signalbox/budgets/testing';
import { startServers, type Stack } from '@signalbox/dev-stack';
import { RedisAdmissionLedger, RedisConnection } from '@signalbox/redis';
import { eventually } from '@signalbox/testkit';
import { Redis } from 'ioredis';
import {
  callOf,
  rulesFor,
  zoneAtNoon,
  type Carried,
  type FromAdmitter,
  type ToAdmitter,
} from './admission-calls.js';

/** What happens on the way, each when another part of the calls is through. */
export type Blow = 'kill a process' | 'flush Redis' | 'kill Redis' | 'kill Redis and its data';

export interface AdmissionStorm {
  calls: number;
  processes: number;
  /** Per process. */
  inFlight: number;
  blows: Blow[];
  log: (line: string) => void;
}

export interface Weathered {
  admitted: number;
  refused: number;
  /** Calls let in with which a count stood past its limit, and what is past one in the end. 0 is right. */
  overAdmitted: number;
  /** Tokens and micro-dollars that Redis counts and no answer accounts for, or the other way round. 0 is right. */
  leaked: number;
  /** Alerts that were told more than once, or crossed and never told. 0 is right. */
  alertsAmiss: number;
  alerts: number;
  seconds: number;
}

const SERVICES = ['stripe', 'maps'] as const;
/** Three times the age at which an alert counts as left. */
const SWEPT_WITHIN_MS = 3 * LEFT_AFTER_MS;

/** Lets processes admit and settle calls side by side while things break, and holds the ledger to what was answered. */
export async function admissionStorm(storm: AdmissionStorm): Promise<Weathered> {
  const { calls, processes, log } = storm;
  const startedMs = performance.now();
  const dataDir = await mkdtemp(join(tmpdir(), 'signalbox-storm-'));
  const servers = await startServers({ dataDir, nats: false, postgres: false, env: {}, log });
  const field = new Field(storm, servers.redisUrl);
  try {
    for (let at = 0; at < processes; at++) {
      field.start(
        Array.from({ length: calls }, (_, index) => index).filter((index) => index % processes === at),
      );
    }
    for (const [at, blow] of storm.blows.entries()) {
      await field.until(() => field.carried.size >= (calls * (at + 1)) / (storm.blows.length + 1));
      log(blow);
      await strike(blow, field, servers, dataDir);
    }
    await field.until(() => field.carried.size === calls);
    const result = await audit(field, servers.redisUrl, calls);
    return { ...result, seconds: Math.round((performance.now() - startedMs) / 1000) };
  } finally {
    field.stop();
    await servers.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The processes, and what they said. */
class Field {
  readonly carried = new Map<number, Carried>();
  readonly told: string[] = [];
  readonly journal = new MemoryJournal({ nowMs: Date.now });
  readonly timeZone = zoneAtNoon(Date.now());
  private readonly children = new Map<ChildProcess, number[]>();
  private failure: Error | null = null;

  constructor(
    private readonly storm: AdmissionStorm,
    private readonly redisUrl: string,
  ) {}

  start(indexes: number[]): void {
    const child = fork(new URL('../children/admitter.js', import.meta.url), {
      env: {
        ...process.env,
        REDIS_URL: this.redisUrl,
        STORM_CALLS: String(this.storm.calls),
        STORM_ZONE: this.timeZone,
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.children.set(child, indexes);
    const tell = (message: ToAdmitter): void => {
      if (child.connected) child.send(message, () => undefined);
    };
    child.on('message', (message: FromAdmitter) => void this.hear(message, indexes, tell));
    child.on('exit', (code) => {
      if (this.children.delete(child)) this.failure = new Error(`an admitter ended with ${code}`);
    });
  }

  /** SIGKILL, and another process takes over what the first has not told. */
  killOne(): void {
    const [child, indexes] = [...this.children][0] ?? [];
    if (child === undefined || indexes === undefined) return;
    this.children.delete(child);
    child.kill('SIGKILL');
    this.start(indexes.filter((index) => !this.carried.has(index)));
  }

  stop(): void {
    for (const child of this.children.keys()) {
      this.children.delete(child);
      child.kill('SIGKILL');
    }
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.failure !== null) throw this.failure;
      await delay(5);
    }
  }

  private async hear(
    message: FromAdmitter,
    indexes: number[],
    tell: (message: ToAdmitter) => void,
  ): Promise<void> {
    if ('ready' in message) tell({ work: { indexes, inFlight: this.storm.inFlight } });
    if ('append' in message) {
      const { id, movements } = message.append;
      tell({ answer: { id, value: await this.journal.append(movements) } });
    }
    if ('openGeneration' in message) {
      const { id, serviceName } = message.openGeneration;
      tell({ answer: { id, value: await this.journal.openGeneration(serviceName) } });
    }
    if ('carried' in message) {
      const { index, alerts } = message.carried;
      this.carried.set(index, message.carried);
      this.told.push(...alerts.map(({ alertId }) => alertId));
    }
  }
}

async function strike(blow: Blow, field: Field, servers: Stack, dataDir: string): Promise<void> {
  if (blow === 'kill a process') return field.killOne();
  if (blow === 'flush Redis') {
    const client = new Redis(servers.redisUrl);
    await client.flushall();
    await client.quit();
    return;
  }
  await servers.kill('redis');
  if (blow === 'kill Redis and its data') {
    await rm(join(dataDir, 'redis', 'appendonlydir'), { recursive: true, force: true });
  }
  await servers.restart('redis');
}

/** What Redis counts in the end, beside what the answers add up to. */
async function audit(field: Field, redisUrl: string, calls: number): Promise<Omit<Weathered, 'seconds'>> {
  const rules = rulesFor(calls, field.timeZone);
  const connection = RedisConnection.connect({
    url: redisUrl,
    name: 'audit',
    logger: { info: () => undefined, warn: () => undefined },
    // Nobody else waits for the answers of an audit.
    commandTimeoutMs: 10_000,
  });
  try {
    await eventually(() => connection.isAvailable);
    const hot = new RedisAdmissionLedger({
      connection,
      rulesOf: (serviceName) => rules[serviceName] ?? fail(serviceName),
    });
    // The last blow may have come after the last call of a service.
    const ledger = new JournaledLedger({
      ledger: hot,
      journal: field.journal,
      clock: { nowMs: Date.now },
      wait: (ms) => delay(ms),
    });
    const carried = [...field.carried.values()];
    let overAdmitted = carried.filter(({ passed }) => passed).length;
    let leaked = 0;
    const crossed = new Set<string>();
    for (const serviceName of SERVICES) {
      const state = await ledger.state(serviceName);
      const owed = owedBy(carried, serviceName);
      const off = difference(state, owed);
      leaked += off;
      overAdmitted += excess(state);
      const { key, capMicroUsd } = state.budget.day;
      for (const share of [0.7, 0.85, 0.95]) {
        if (owed.spentMicroUsd + owed.reservedMicroUsd < share * capMicroUsd) continue;
        crossed.add(`${serviceName}:day:${key}:${Math.round(share * 10_000)}`);
      }
    }
    const journalled = new Set(
      [...field.journal.movements.values()]
        .filter(({ kind }) => kind === 'alert')
        .map((one) => one.reservationId),
    );
    const isTwice = field.told.length - new Set(field.told).size;
    const left = new Set([...crossed].filter((id) => !journalled.has(id)));
    const swept = await sweptUp(ledger, left);
    return {
      admitted: carried.filter(({ isAdmitted }) => isAdmitted).length,
      refused: carried.filter(({ isAdmitted }) => !isAdmitted).length,
      overAdmitted,
      leaked,
      alertsAmiss: isTwice + left.size - swept.length,
      alerts: new Set([...field.told, ...swept]).size,
    };
  } finally {
    await connection.close();
  }
}

/**
 * Of these alerts, those that a sweep finds. Whose teller was killed, or never got the answer of Redis, waits there until it
 * is old enough to count as left; it must not be lost.
 */
async function sweptUp(ledger: JournaledLedger, left: ReadonlySet<string>): Promise<string[]> {
  const found = new Set<string>();
  const deadlineMs = performance.now() + SWEPT_WITHIN_MS;
  while (found.size < left.size && performance.now() < deadlineMs) {
    for (const serviceName of SERVICES) {
      const { untoldAlerts } = await ledger.sweep(serviceName);
      for (const { alertId } of untoldAlerts) if (left.has(alertId)) found.add(alertId);
    }
    await delay(200);
  }
  return [...found];
}

interface Owed {
  calls: number;
  spentMicroUsd: number;
  reservedMicroUsd: number;
}

function owedBy(carried: Carried[], serviceName: string): Owed {
  const owed = { calls: 0, spentMicroUsd: 0, reservedMicroUsd: 0 };
  for (const { index, isAdmitted } of carried) {
    const call = callOf(index);
    if (!isAdmitted || call.serviceName !== serviceName || call.end === 'release') continue;
    owed.calls += 1;
    if (call.end === 'commit') owed.spentMicroUsd += call.actualMicroUsd;
    else owed.reservedMicroUsd += call.estimateMicroUsd;
  }
  return owed;
}

function difference({ tiers, budget }: LedgerState, owed: Owed): number {
  const { spentMicroUsd, reservedMicroUsd, leasedMicroUsd } = budget.day;
  return (
    Math.abs(tiers.daily.used - owed.calls) +
    Math.abs(tiers.sustained.used - owed.calls) +
    Math.abs(spentMicroUsd - owed.spentMicroUsd) +
    Math.abs(reservedMicroUsd - owed.reservedMicroUsd) +
    leasedMicroUsd
  );
}

function excess({ tiers, budget }: LedgerState): number {
  const { capMicroUsd, spentMicroUsd, reservedMicroUsd } = budget.day;
  return (
    Math.max(0, tiers.daily.used - tiers.daily.limit) +
    Math.max(0, tiers.sustained.used - tiers.sustained.limit) +
    Math.max(0, spentMicroUsd + reservedMicroUsd - capMicroUsd)
  );
}

function fail(serviceName: string): never {
  throw new Error(`no rules for ${serviceName}`);
}
