import { isBilled, toMicroUsd, type MicroUsd, type OutcomeReport } from '@signalbox/contracts';

/** How the reservation of a call ends: at what it cost, or given back as if it had never been made. */
export type CallCost = { kind: 'spent'; microUsd: MicroUsd } | { kind: 'never_made' };

/**
 * What a call cost. The caller knows best: an `actualCost` stands. Without one it is the node's price where providers
 * bill for such an end ({@link isBilled}: a budget that guesses low is overspent), else nothing. A call that did not
 * reach the provider counts in no limit; one that was answered does, also with a failure.
 */
export function callCost(
  { outcome, statusCode, actualCost }: Pick<OutcomeReport, 'outcome' | 'statusCode' | 'actualCost'>,
  priceMicroUsd: MicroUsd,
): CallCost {
  if (actualCost !== undefined) return { kind: 'spent', microUsd: toMicroUsd(actualCost) };
  if (outcome === 'connection_error') return { kind: 'never_made' };
  return { kind: 'spent', microUsd: isBilled(outcome, statusCode ?? null) ? priceMicroUsd : 0 };
}
