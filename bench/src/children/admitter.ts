import { setTimeout as delay } from 'node:timers/promises';
import {
  JournaledLedger,
  LedgerLost,
  type BudgetAlert,
  type Journal,
  type Movement,
  type Verdict,
} from '@signalbox/budgets';
import { SignalboxError } from '@signalbox/contracts';
import { RedisAdmissionLedger, RedisConnection } from '@signalbox/redis';
import { callOf, rulesOf, type FromAdmitter, type ToAdmitter } from '../soak/admission-calls.js';

/** One process that admits and settles calls. Its journal is the parent's, asked over the process channel. */
const send = (message: FromAdmitter): void => void process.send?.(message);
const waiting = new Map<number, (answer: never) => void>();
let asked = 0;

function askParent<T>(message: (id: number) => FromAdmitter): Promise<T> {
  return new Promise<T>((resolve) => {
    const id = asked++;
    waiting.set(id, resolve);
    send(message(id));
  });
}

const journal: Journal = {
  append: (movements: readonly Movement[]) => askParent((id) => ({ append: { id, movements } })),
  openGeneration: (serviceName) => askParent((id) => ({ openGeneration: { id, serviceName } })),
};
const connection = RedisConnection.connect({
  url: process.env.REDIS_URL ?? '',
  name: 'admitter',
  logger: { info: () => undefined, warn: () => undefined },
});
const ledger = new JournaledLedger({
  ledger: new RedisAdmissionLedger({ connection, rulesOf, reservationTtlMs: 3_600_000 }),
  journal,
  clock: { nowMs: Date.now },
  wait: (ms) => delay(ms),
});

process.on('message', (message: ToAdmitter) => {
  if ('answer' in message) {
    const { id, value } = message.answer;
    waiting.get(id)?.(value as never);
    waiting.delete(id);
  } else void work(message.work);
});
process.on('disconnect', () => process.exit(0));
send({ ready: {} });

async function work({ indexes, inFlight }: { indexes: number[]; inFlight: number }): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let at = next++; at < indexes.length; at = next++) await carry(indexes[at] ?? 0);
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  send({ done: true });
}

/** Admits one call and does with it what its number says; all of it can be done again. */
async function carry(index: number): Promise<void> {
  const { end, actualMicroUsd, ...call } = callOf(index);
  const { serviceName, requestId: reservationId } = call;
  const verdict = await untilAnswered(() => ledger.admit(call));
  const alerts: BudgetAlert[] = [...verdict.alerts];
  // Another process had released it before it was killed.
  const wasReleased = verdict.refusedBy.includes('settled');
  if (verdict.allowed && end === 'commit') {
    const settled = await untilAnswered(() => ledger.commit({ serviceName, reservationId, actualMicroUsd }));
    alerts.push(...settled.alerts);
  }
  if (verdict.allowed && end === 'release') {
    await untilAnswered(() => ledger.release({ serviceName, reservationId }));
  }
  send({ carried: { index, isAdmitted: verdict.allowed || wasReleased, passed: passed(verdict), alerts } });
}

/**
 * Whether this call was let in and a count stands past its limit with it. One that was refused or known already lets nothing
 * in: while settlements that were on their way when Redis was lost are taken again, what they free counts as reserved.
 */
function passed({ allowed, duplicate, tiers, budget }: Verdict): boolean {
  if (!allowed || duplicate) return false;
  const overTier = Object.values(tiers).some(({ used, limit }) => used > limit);
  const overBudget = Object.values(budget).some(
    ({ capMicroUsd, spentMicroUsd, reservedMicroUsd, leasedMicroUsd }) =>
      spentMicroUsd + reservedMicroUsd + leasedMicroUsd > capMicroUsd,
  );
  return overTier || overBudget;
}

/** Again until there is an answer, under the same id, as a careful caller does. */
async function untilAnswered<T>(step: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      const isAway = error instanceof SignalboxError && error.code === 'DEPENDENCY_UNAVAILABLE';
      if (!isAway && !(error instanceof LedgerLost)) throw error;
      await delay(20);
    }
  }
}
