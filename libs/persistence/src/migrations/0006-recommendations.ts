import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What money went where, what would save some, what was saved, and what was out of the ordinary. */
export class Recommendations1760000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
-- Hours whose money has been counted. An hour that a late row strikes from the tallied ones is counted anew here too.
CREATE TABLE costed_hours (
  hour timestamptz(0) PRIMARY KEY REFERENCES tallied_hours ON DELETE CASCADE
);
CREATE TABLE cost_tallies (
  hour               timestamptz(0) NOT NULL REFERENCES costed_hours ON DELETE CASCADE,
  service_name       text NOT NULL,
  node_id            text NOT NULL,
  -- The fifty dearest of the service's hour by name, the others as one.
  operation          text NOT NULL,
  strategy           text NOT NULL,
  calls              bigint NOT NULL,
  settled            bigint NOT NULL,
  succeeded          bigint NOT NULL,
  cost_micro_usd     bigint NOT NULL,
  -- Of the same calls with the same ends, at the price of the primary.
  baseline_micro_usd bigint NOT NULL,
  PRIMARY KEY (hour, service_name, node_id, operation, strategy)
);

-- Calls that admission refused, by what they were estimated to cost; less those that were let in later.
CREATE TABLE refusal_tallies (
  hour               timestamptz(0) NOT NULL,
  service_name       text NOT NULL,
  calls              bigint NOT NULL,
  estimate_micro_usd bigint NOT NULL,
  PRIMARY KEY (hour, service_name)
);

CREATE TABLE recommendations (
  id            text PRIMARY KEY,
  service_name  text NOT NULL,
  kind          text NOT NULL,
  -- The same advice found again by a later run is the same recommendation.
  fingerprint   text NOT NULL,
  state         text NOT NULL CHECK (state IN ('open', 'applied', 'rolled_back', 'dismissed')),
  state_reason  text,
  rank_micro_usd_per_day bigint NOT NULL,
  body          jsonb NOT NULL,
  realised      jsonb,
  applied_at    timestamptz(3),
  applied_by    text,
  applied_version integer,
  rolled_back_at timestamptz(3),
  rolled_back_by text,
  rolled_back_version integer,
  created_at    timestamptz(3) NOT NULL,
  updated_at    timestamptz(3) NOT NULL,
  CHECK ((state IN ('applied', 'rolled_back')) = (applied_at IS NOT NULL))
);
CREATE UNIQUE INDEX recommendations_open ON recommendations (service_name, fingerprint) WHERE state = 'open';
CREATE INDEX recommendations_by_state ON recommendations (state, rank_micro_usd_per_day DESC);

CREATE TABLE anomalies (
  anomaly_id   text PRIMARY KEY,
  service_name text NOT NULL,
  series       text NOT NULL,
  at           timestamptz(0) NOT NULL,
  direction    text NOT NULL,
  value        double precision NOT NULL,
  expected     double precision,
  score        double precision NOT NULL,
  unit         text NOT NULL,
  told_at      timestamptz(3)
);
CREATE INDEX anomalies_by_time ON anomalies (at DESC);
CREATE INDEX anomalies_untold ON anomalies (at) WHERE told_at IS NULL;
`;

const DOWN = `
DROP TABLE anomalies;
DROP TABLE recommendations;
DROP TABLE refusal_tallies;
DROP TABLE cost_tallies;
DROP TABLE costed_hours;
`;
