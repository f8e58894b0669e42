import {
  toUsd,
  type CoordinationAnalytics,
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
import { HourlyTallies } from './hourly-tallies.js';
import { HOUR_MS, NOTHING, total, type Counts } from './tally.js';

const TIMEFRAME_MS: Record<Timeframe, number> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 168 * HOUR_MS,
  '30d': 720 * HOUR_MS,
};

/** The longest in-flight lease that a configuration may set: what was decided before is in flight no more. */
const MAX_LEASE_MS = HOUR_MS;

/** What history tells. Ranges are epoch ms, `from` included and `to` not, by when the decision was made. */
export class AnalyticsStore {
  private readonly hours: HourlyTallies;

  constructor(private readonly database: Database) {
    this.hours = new HourlyTallies(database);
  }

  /**
   * Counts past hours once, so that long ranges stay cheap; without it the answers are the same, and slower.
   * To be called about hourly, by any number of replicas. Returns how many hours it counted.
   */
  tallyPastHours(nowMs: number): Promise<number> {
    return this.hours.tallyPast(nowMs);
  }

  /** Percent are of settled calls, savings against every call on the service's primary node. */
  async coordinationAnalytics(fromMs: number, toMs: number): Promise<CoordinationAnalytics> {
    const [tallies, [counts]] = await Promise.all([
      this.hours.between({ fromMs, toMs }, null),
      this.database.query<{ services: number; activations: number; now: string }>(
        `SELECT (SELECT count(*) FROM config_heads WHERE starts_with(object, 'service:')) AS services,
                (SELECT count(*) FROM overrides WHERE activated_at >= $1 AND activated_at < $2) AS activations,
                date_trunc('milliseconds', now()) AS now`,
        [iso(fromMs), iso(toMs)],
      ),
    ]);
    const all = total(tallies);
    return {
      from: iso(fromMs),
      to: iso(toMs),
      totalServices: counts!.services,
      totalCoordinations: all.decided,
      successfulCoordinations: all.succeeded,
      averageCoordinationTime: ratio(all.decisionMsSum, all.decided),
      totalCostSavings: savings(all),
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
    const range = { fromMs: nowMs - TIMEFRAME_MS[timeframe], toMs: nowMs };
    const [[tally = NOTHING], [counts]] = await Promise.all([
      this.hours.between(range, serviceName),
      this.database.query<{ activations: number; resolution_minutes: number | null }>(
        `SELECT (SELECT count(*) FROM overrides
                 WHERE service_name = $3 AND activated_at >= $1 AND activated_at < $2) AS activations,
                (SELECT avg(extract(epoch FROM ended_at - started_at) / 60)::float8 FROM recovery_activations
                 WHERE service_name = $3 AND end_reason = 'recovered'
                   AND ended_at >= $1 AND ended_at < $2) AS resolution_minutes`,
        [iso(range.fromMs), iso(range.toMs), serviceName],
      ),
    ]);
    const shown = serviceAnalytics(tally);
    return {
      serviceName,
      timeframe,
      performanceMetrics: {
        averageCoordinationTime: ratio(tally.decisionMsSum, tally.decided),
        successRate: shown.successRate,
        backendIntegrationRate: shown.backendIntegrationRate,
        costOptimization: shown.avgCostSavings,
      },
      businessImpact: {
        totalCostSavings: savings(tally),
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
}

function serviceAnalytics(counts: Counts): ServiceAnalytics {
  return {
    coordinations: counts.decided,
    successRate: percent(counts.succeeded, counts.settled),
    avgCostSavings: counts.paid === 0 ? null : toUsd(counts.savedMicroUsd / counts.paid),
    backendIntegrationRate: percent(counts.integrated, counts.decided),
  };
}

/** Dollars; null while the cost of no call is known. */
function savings(counts: Counts): number | null {
  return counts.paid === 0 ? null : toUsd(counts.savedMicroUsd);
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
