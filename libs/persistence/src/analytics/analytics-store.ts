import {
  toUsd,
  type CoordinationAnalytics,
  type MicroUsd,
  type Page,
  type ServiceAnalytics,
  type ServiceName,
  type ServicePerformance,
  type Timeframe,
} from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { decidedAtMs } from '../history/history-tables.js';
import { keyOf, limitOf, pageOf, type PageRequest } from '../paging.js';
import {
  DECISION_COLUMNS,
  OUTCOME_COLUMNS,
  type DecisionRecord,
  type OutcomeRecord,
} from './decision-record.js';

const HOUR_MS = 3_600_000;
const TIMEFRAME_MS: Record<Timeframe, number> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 168 * HOUR_MS,
  '30d': 720 * HOUR_MS,
};

/** The longest in-flight lease that a configuration may set: what was decided before is in flight no more. */
const MAX_LEASE_MS = HOUR_MS;

/** What is counted of one service's calls in a range. Sums and means are null where there is nothing to take them of. */
interface Tally {
  service: ServiceName;
  decided: number;
  integrated: number;
  decision_ms_sum: number;
  /** With an outcome, caller errors left out: those say nothing about the routing. */
  settled: number;
  succeeded: number;
  /** Calls with a known cost effect: those with any outcome. */
  saved_calls: number;
  saved_micro_usd: MicroUsd | null;
}

/** What history tells. Ranges are epoch ms, `from` included and `to` not, by when the decision was made. */
export class AnalyticsStore {
  constructor(private readonly database: Database) {}

  /** Percent are of settled calls, savings against every call on the service's primary node. */
  async coordinationAnalytics(fromMs: number, toMs: number): Promise<CoordinationAnalytics> {
    const [tallies, [counts]] = await Promise.all([
      this.tallies(fromMs, toMs),
      this.database.query<{ services: number; activations: number; now: string }>(
        `SELECT (SELECT count(*) FROM config_heads WHERE starts_with(object, 'service:')) AS services,
                (SELECT count(*) FROM overrides WHERE activated_at >= $1 AND activated_at < $2) AS activations,
                date_trunc('milliseconds', now()) AS now`,
        [iso(fromMs), iso(toMs)],
      ),
    ]);
    const all = sum(tallies);
    return {
      from: iso(fromMs),
      to: iso(toMs),
      totalServices: counts!.services,
      totalCoordinations: all.decided,
      successfulCoordinations: all.succeeded,
      averageCoordinationTime: ratio(all.decision_ms_sum, all.decided),
      totalCostSavings: all.saved_micro_usd === null ? null : toUsd(all.saved_micro_usd),
      backendIntegrationRate: percent(all.integrated, all.decided),
      serviceBreakdown: Object.fromEntries(tallies.map((tally) => [tally.service, serviceAnalytics(tally)])),
      emergencyActivations: counts!.activations,
      lastUpdate: counts!.now,
    };
  }

  /** All but the live part, which the routing engine knows. */
  async servicePerformance(
    serviceName: ServiceName,
    timeframe: Timeframe,
    nowMs: number,
  ): Promise<Omit<ServicePerformance, 'systemHealth'>> {
    const range = [nowMs - TIMEFRAME_MS[timeframe], nowMs] as const;
    const [[tally], [counts]] = await Promise.all([
      this.tallies(...range, serviceName),
      this.database.query<{ activations: number; resolution_minutes: number | null }>(
        `SELECT (SELECT count(*) FROM overrides
                 WHERE service_name = $3 AND activated_at >= $1 AND activated_at < $2) AS activations,
                (SELECT avg(extract(epoch FROM ended_at - started_at) / 60)::float8 FROM recovery_activations
                 WHERE service_name = $3 AND end_reason = 'recovered'
                   AND ended_at >= $1 AND ended_at < $2) AS resolution_minutes`,
        [...range.map(iso), serviceName],
      ),
    ]);
    const shown = serviceAnalytics(tally ?? NOTHING);
    return {
      serviceName,
      timeframe,
      performanceMetrics: {
        averageCoordinationTime: tally === undefined ? null : ratio(tally.decision_ms_sum, tally.decided),
        successRate: shown.successRate,
        backendIntegrationRate: shown.backendIntegrationRate,
        costOptimization: shown.avgCostSavings,
      },
      businessImpact: {
        totalCostSavings: tally?.saved_micro_usd == null ? null : toUsd(tally.saved_micro_usd),
        coordinationsHandled: shown.coordinations,
        emergencyModeActivations: counts!.activations,
        averageResolutionTime: counts!.resolution_minutes,
      },
    };
  }

  /** Decided, no outcome yet, lease still running; oldest first. */
  async activeDecisions(
    request: PageRequest & { serviceName?: ServiceName },
    nowMs: number,
  ): Promise<Page<DecisionRecord>> {
    const limit = limitOf(request);
    const [afterDecidedAt, afterId] = keyOf(request, ['time', 'text']) ?? [iso(nowMs - MAX_LEASE_MS), ''];
    const rows = await this.database.query<DecisionRecord & { second: string }>(
      `SELECT ${DECISION_COLUMNS}, d.decided_at AS second
       FROM decisions d
       WHERE d.lease_expires_at > $1 AND ($2::text IS NULL OR d.service_name = $2)
         AND d.decided_at >= $3 AND (d.decided_at, d.coordination_id) > ($3, $4)
         AND NOT EXISTS (SELECT FROM outcomes o
                         WHERE o.decided_at = d.decided_at AND o.coordination_id = d.coordination_id)
       ORDER BY d.decided_at, d.coordination_id LIMIT $5`,
      [iso(nowMs), request.serviceName ?? null, afterDecidedAt, afterId, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      (row) => [row.second, row.coordinationId],
      ({ second: _second, ...decision }) => decision,
    );
  }

  /** A decision and what became of it; null when history does not have it (yet, or any more). */
  async decision(
    coordinationId: string,
  ): Promise<{ decision: DecisionRecord; outcome: OutcomeRecord | null } | null> {
    const secondMs = decidedAtMs(coordinationId);
    if (Number.isNaN(secondMs)) return null;
    const key = [iso(secondMs), coordinationId];
    const [[decision], [outcome]] = await Promise.all([
      this.database.query<DecisionRecord>(
        `SELECT ${DECISION_COLUMNS} FROM decisions d WHERE d.decided_at = $1 AND d.coordination_id = $2`,
        key,
      ),
      this.database.query<OutcomeRecord>(
        `SELECT ${OUTCOME_COLUMNS} FROM outcomes o WHERE o.decided_at = $1 AND o.coordination_id = $2`,
        key,
      ),
    ]);
    return decision === undefined ? null : { decision, outcome: outcome ?? null };
  }

  private tallies(fromMs: number, toMs: number, serviceName: ServiceName | null = null): Promise<Tally[]> {
    return this.database.query<Tally>(
      `SELECT d.service_name AS service,
              count(*) AS decided,
              count(*) FILTER (WHERE d.backend_integrated) AS integrated,
              sum(d.decision_ms) AS decision_ms_sum,
              count(*) FILTER (WHERE o.outcome <> 'client_error') AS settled,
              count(*) FILTER (WHERE o.outcome = 'success') AS succeeded,
              count(o.outcome) AS saved_calls,
              (sum(d.baseline_cost_micro_usd - coalesce(o.actual_cost_micro_usd, d.estimated_cost_micro_usd))
                FILTER (WHERE o.outcome IS NOT NULL))::bigint AS saved_micro_usd
       FROM decisions d LEFT JOIN outcomes o USING (decided_at, coordination_id)
       WHERE d.decided_at >= $1 AND d.decided_at < $2 AND ($3::text IS NULL OR d.service_name = $3)
       GROUP BY d.service_name ORDER BY d.service_name`,
      [iso(fromMs), iso(toMs), serviceName],
    );
  }
}

const NOTHING: Omit<Tally, 'service'> = {
  decided: 0,
  integrated: 0,
  decision_ms_sum: 0,
  settled: 0,
  succeeded: 0,
  saved_calls: 0,
  saved_micro_usd: null,
};

function serviceAnalytics(tally: Omit<Tally, 'service'>): ServiceAnalytics {
  return {
    coordinations: tally.decided,
    successRate: percent(tally.succeeded, tally.settled),
    avgCostSavings: tally.saved_micro_usd === null ? null : toUsd(tally.saved_micro_usd / tally.saved_calls),
    backendIntegrationRate: percent(tally.integrated, tally.decided),
  };
}

function sum(tallies: readonly Tally[]): Omit<Tally, 'service'> {
  return tallies.reduce<Omit<Tally, 'service'>>(
    (total, tally) => ({
      decided: total.decided + tally.decided,
      integrated: total.integrated + tally.integrated,
      decision_ms_sum: total.decision_ms_sum + tally.decision_ms_sum,
      settled: total.settled + tally.settled,
      succeeded: total.succeeded + tally.succeeded,
      saved_calls: total.saved_calls + tally.saved_calls,
      saved_micro_usd:
        tally.saved_micro_usd === null
          ? total.saved_micro_usd
          : (total.saved_micro_usd ?? 0) + tally.saved_micro_usd,
    }),
    NOTHING,
  );
}

function percent(part: number, whole: number): number | null {
  return ratio(100 * part, whole);
}

/** Two decimals: what is measured here carries no more. Null of nothing. */
function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((100 * part) / whole) / 100;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
