import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How each service performs, every quarter minute of the last 24 h. */
export class Performance1760000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
-- A collection of one service; what is shown as a series is picked out of it. One row for a service and a time, whoever
-- collects: 34,560 rows in 24 h, and what is older is deleted with every collection.
CREATE TABLE performance_collections (
  service_name         text NOT NULL,
  collected_at         timestamptz(3) NOT NULL,
  metrics              jsonb NOT NULL,
  -- What the budget's month had cost by then, to tell what an hour costs.
  month_key            text,
  month_spent_micro_usd bigint,
  average              double precision GENERATED ALWAYS AS ((metrics #>> '{responseTime,average}')::double precision) STORED,
  p95                  double precision GENERATED ALWAYS AS ((metrics #>> '{responseTime,p95}')::double precision) STORED,
  p99                  double precision GENERATED ALWAYS AS ((metrics #>> '{responseTime,p99}')::double precision) STORED,
  requests_per_second  double precision GENERATED ALWAYS AS ((metrics #>> '{throughput,requestsPerSecond}')::double precision) STORED,
  error_rate           double precision GENERATED ALWAYS AS ((metrics #>> '{errorRates,overall}')::double precision) STORED,
  critical_errors      double precision GENERATED ALWAYS AS ((metrics #>> '{errorRates,criticalErrors}')::double precision) STORED,
  hourly_spend         double precision GENERATED ALWAYS AS ((metrics #>> '{costMetrics,hourlySpend}')::double precision) STORED,
  budget_utilization   double precision GENERATED ALWAYS AS ((metrics #>> '{costMetrics,budgetUtilization}')::double precision) STORED,
  PRIMARY KEY (service_name, collected_at)
);
`;

const DOWN = `
DROP TABLE performance_collections;
`;
