import { MemoryJournal, aRuleSet } from '@signalbox/budgets/testing';
import type { AdmissionLedger, RateLimitConfig } from '@signalbox/budgets';
import { RedisAdmissionLedger, type RedisConnection } from '@signalbox/redis';
import type { ServiceName } from '@signalbox/contracts';
import type { Admit } from './peer.js';

/** A call to Stripe. */
export const ESTIMATE_MICRO_USD = 29_000;

export interface Ours {
  admit: Admit;
  ledger: AdmissionLedger;
}

/** The ledger on Redis with these limits, and budgets that everything fits into. */
export async function ourLedger(
  connection: RedisConnection,
  serviceName: ServiceName,
  limits: RateLimitConfig,
): Promise<Ours> {
  const rules = aRuleSet({
    limits,
    budget: { dailyMicroUsd: 900_000_000_000, monthlyMicroUsd: 900_000_000_000 },
  });
  const ledger = new RedisAdmissionLedger({ connection, rulesOf: () => rules });
  await ledger.restore(await new MemoryJournal({ nowMs: Date.now }).openGeneration(serviceName));
  return {
    ledger,
    admit: async (requestId) =>
      (await ledger.admit({ serviceName, requestId, priority: 'HIGH', estimateMicroUsd: ESTIMATE_MICRO_USD }))
        .allowed,
  };
}
