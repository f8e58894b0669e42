import { toMicroUsd, type MicroUsd, type OutcomeReport } from '@signalbox/contracts';

/** How the reservation of a call ends: at what it cost, or given back as if it had never been made. */
export type CallCost = { kind: 'spent'; microUsd: MicroUsd } | { kind: 'never_made' };

/**
 * What a call cost. The caller knows best: an `actualCost` stands. Without one, providers bill by these rules:
 *
 * - `success`: the node's price.
 * - `connection_error`: nothing, and the call counts in no limit: it did not reach the provider.
 * - `server_error`, `rate_limited`, and a `client_error` with a status: nothing, but it counts in the limits. The
 *   provider answered that it did not do what was asked.
 * - `timeout`, and a `client_error` without a status (the caller gave up, or failed after the answer): the node's
 *   price. The provider may have done it, and a budget that guesses low is overspent.
 */
export function callCost(
  { outcome, statusCode, actualCost }: Pick<OutcomeReport, 'outcome' | 'statusCode' | 'actualCost'>,
  priceMicroUsd: MicroUsd,
): CallCost {
  if (actualCost !== undefined) return { kind: 'spent', microUsd: toMicroUsd(actualCost) };
  switch (outcome) {
    case 'connection_error':
      return { kind: 'never_made' };
    case 'server_error':
    case 'rate_limited':
      return { kind: 'spent', microUsd: 0 };
    case 'client_error':
      return { kind: 'spent', microUsd: statusCode === undefined ? priceMicroUsd : 0 };
    case 'timeout':
    case 'success':
      return { kind: 'spent', microUsd: priceMicroUsd };
  }
}
