import type { ServiceConfig, ServiceName } from '@signalbox/contracts';
import { classify, RetryBudget } from '@signalbox/client';
import type { Journal } from './journal.js';
import type { LaneRunner } from './traffic.js';

/** As many as the client of Signalbox makes. */
const MOST_ATTEMPTS = 3;

/**
 * The lane to compare with: the same calls, with the same patience, the same rules for repeating them and the
 * same retry budget, but always at the primary node. What is left of the difference is the routing.
 */
export function primaryOnly(
  catalog: readonly ServiceConfig[],
  baseUrls: Readonly<Record<string, string>>,
  journal: Journal,
): LaneRunner {
  const primaries = new Map(
    catalog.map(({ serviceName, nodes }) => [
      serviceName,
      nodes.find(({ role }) => role === 'primary')!.nodeId,
    ]),
  );
  const budgets = new Map<ServiceName, RetryBudget>(
    catalog.map(({ serviceName }) => [serviceName, new RetryBudget(() => performance.now())]),
  );

  return async (workload, n) => {
    const { service, attemptTimeoutMs } = workload;
    const nodeId = primaries.get(service)!;
    const budget = budgets.get(service)!;
    const { idempotent, idempotencyKey } = workload.repeatable(n);
    budget.deposit();
    for (let attempt = 1; ; attempt++) {
      const startedAtMs = journal.nowMs();
      const signal = AbortSignal.timeout(attemptTimeoutMs);
      const settled = await workload
        .send(n, { nodeId, baseUrl: baseUrls[nodeId]!, signal })
        .then((value) => ({ ok: true as const, value }))
        .catch((error: unknown) => ({ ok: false as const, error }));
      const { outcome } = classify(settled);
      const seen = { lane: 'primaryOnly', service, nodeId } as const;
      journal.attempts.push({ ...seen, attempt, startedAtMs, endedAtMs: journal.nowMs(), outcome });
      if (outcome === 'success') return 'success';
      const repeatable = idempotent === true || idempotencyKey !== undefined;
      const again = repeatable && outcome !== 'client_error' && attempt < MOST_ATTEMPTS && budget.withdraw();
      if (!again) return 'failure';
    }
  };
}
