import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What happened, written in batches behind the stream. Partitioned by time, so that old days leave as whole
 * tables; partitions themselves are made at run time.
 */
export class History1760000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
-- decided_at is the second in the coordination id: an outcome finds its decision's partition by its own name.
CREATE TABLE decisions (
  decided_at              timestamptz(0) NOT NULL,
  coordination_id         text NOT NULL,
  occurred_at             timestamptz(3) NOT NULL,
  lease_expires_at        timestamptz(3) NOT NULL,
  service_name            text NOT NULL,
  operation               text NOT NULL,
  request_id              text,
  priority                text,
  caller                  text,
  override_id             text,
  error_stream_id         text,
  recovery_strategy_id    text,
  monitoring_session_id   text,
  node_id                 text NOT NULL,
  strategy                text NOT NULL,
  reason                  text NOT NULL,
  last_resort             text,
  probe                   boolean NOT NULL,
  -- Node ids in fallback order, and why each other node was no candidate.
  alternatives            jsonb NOT NULL,
  excluded                jsonb NOT NULL,
  estimated_cost_micro_usd bigint NOT NULL,
  baseline_cost_micro_usd bigint NOT NULL,
  estimated_latency_ms    double precision NOT NULL,
  estimated_success_percent double precision NOT NULL,
  confidence_score        double precision NOT NULL,
  decision_ms             double precision NOT NULL,
  backend_integrated      boolean NOT NULL,
  replica_id              text,
  PRIMARY KEY (decided_at, coordination_id)
) PARTITION BY RANGE (decided_at);
CREATE INDEX decisions_by_service ON decisions (service_name, decided_at);
CREATE INDEX decisions_by_lease ON decisions (lease_expires_at);

CREATE TABLE outcomes (
  decided_at            timestamptz(0) NOT NULL,
  coordination_id       text NOT NULL,
  occurred_at           timestamptz(3) NOT NULL,
  service_name          text NOT NULL,
  node_id               text NOT NULL,
  outcome               text NOT NULL,
  status_code           smallint,
  latency_ms            double precision NOT NULL,
  actual_cost_micro_usd bigint,
  retry_after_seconds   double precision,
  PRIMARY KEY (decided_at, coordination_id)
) PARTITION BY RANGE (decided_at);

CREATE TABLE error_events (
  occurred_at            timestamptz(3) NOT NULL,
  event_id               text NOT NULL,
  service_name           text NOT NULL,
  error_type             text NOT NULL,
  operation              text,
  severity               text NOT NULL,
  message                text NOT NULL,
  revenue_at_risk_micro_usd bigint,
  customer_impact        text,
  failed_nodes           jsonb NOT NULL,
  cascading_services     jsonb NOT NULL,
  error_stream_id        text,
  recovery_strategy_id   text,
  monitoring_session_id  text,
  PRIMARY KEY (occurred_at, event_id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX error_events_by_service ON error_events (service_name, occurred_at);

CREATE TABLE circuit_changes (
  occurred_at  timestamptz(3) NOT NULL,
  event_id     text NOT NULL,
  service_name text NOT NULL,
  node_id      text NOT NULL,
  from_state   text NOT NULL,
  to_state     text NOT NULL,
  reason       text NOT NULL,
  open_until   timestamptz(3),
  replica_id   text NOT NULL,
  PRIMARY KEY (occurred_at, event_id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX circuit_changes_by_service ON circuit_changes (service_name, occurred_at);

CREATE TABLE health_changes (
  occurred_at  timestamptz(3) NOT NULL,
  event_id     text NOT NULL,
  change       text NOT NULL,
  service_name text NOT NULL,
  node_id      text,
  severity     text NOT NULL,
  reason       text NOT NULL,
  measured     double precision,
  threshold    double precision,
  unit         text,
  dependents   jsonb NOT NULL,
  PRIMARY KEY (occurred_at, event_id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX health_changes_by_service ON health_changes (service_name, occurred_at);

-- Hours whose decisions and outcomes have been counted; an hour without traffic has no tallies.
CREATE TABLE tallied_hours (
  hour timestamptz(0) PRIMARY KEY
);
CREATE TABLE hourly_tallies (
  hour            timestamptz(0) NOT NULL REFERENCES tallied_hours ON DELETE CASCADE,
  service_name    text NOT NULL,
  decided         bigint NOT NULL,
  integrated      bigint NOT NULL,
  decision_ms_sum double precision NOT NULL,
  settled         bigint NOT NULL,
  succeeded       bigint NOT NULL,
  paid            bigint NOT NULL,
  saved_micro_usd bigint NOT NULL,
  PRIMARY KEY (hour, service_name)
);

-- Error streams, recovery strategies and monitoring sessions that callers have named, noted as decisions and
-- error events that name them are written.
CREATE TABLE connections (
  kind         text NOT NULL,
  id           text NOT NULL,
  service_name text NOT NULL,
  first_seen   timestamptz(3) NOT NULL,
  last_seen    timestamptz(3) NOT NULL,
  events       bigint NOT NULL,
  lag_ms       double precision,
  PRIMARY KEY (kind, id, service_name)
);
CREATE INDEX connections_by_last_seen ON connections (last_seen);
`;

const DOWN = `
DROP TABLE connections;
DROP TABLE hourly_tallies;
DROP TABLE tallied_hours;
DROP TABLE health_changes;
DROP TABLE circuit_changes;
DROP TABLE error_events;
DROP TABLE outcomes;
DROP TABLE decisions;
`;
