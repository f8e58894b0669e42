import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Webhooks: what was received and by which key it is known, what is still to be done with it, every attempt, the
 * facts to be told, the sources' secrets, and how far each Airtable feed was read.
 */
export class Webhooks1760000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
-- A unique key of a partitioned table would have to hold the partition's, the time of receipt, by which a retry
-- differs. So the keys are a small table of their own, and the bodies leave in whole partitions.
CREATE TABLE webhook_keys (
  service_name text NOT NULL,
  external_id  text NOT NULL,
  received_at  timestamptz(3) NOT NULL,
  event_id     text NOT NULL,
  PRIMARY KEY (service_name, external_id)
);
CREATE INDEX webhook_keys_by_time ON webhook_keys USING brin (received_at) WITH (autosummarize = on);

-- Written once. What became of an event is in webhook_work while there is something to do, else in its last attempt.
CREATE TABLE webhook_events (
  received_at  timestamptz(3) NOT NULL,
  event_id     text COLLATE "C" NOT NULL,
  service_name text NOT NULL,
  external_id  text NOT NULL,
  type         text NOT NULL,
  entity       text,
  sequence     bigint,
  occurred_at  timestamptz(3),
  critical     boolean NOT NULL,
  address      text,
  secret_id    text,
  -- JSON as text: providers' strings may hold what jsonb refuses.
  payload      text NOT NULL,
  PRIMARY KEY (received_at, event_id)
) PARTITION BY RANGE (received_at);
CREATE INDEX webhook_events_by_service ON webhook_events (service_name, received_at, event_id);

-- One row for each event that is not done with. Dead ones wait here for a replay.
CREATE TABLE webhook_work (
  event_id      text COLLATE "C" PRIMARY KEY,
  received_at   timestamptz(3) NOT NULL,
  service_name  text NOT NULL,
  entity        text,
  -- The provider's number or time, else that of the receipt: an entity's events in their order.
  position      bigint NOT NULL,
  critical      boolean NOT NULL,
  -- 1, and one more with each replay; attempts count within a run.
  run           integer NOT NULL,
  attempts      integer NOT NULL,
  -- An earlier run has told all that the event says of the provider's health.
  signalled     boolean NOT NULL,
  due_at        timestamptz(3) NOT NULL,
  dead_at       timestamptz(3),
  reason        text,
  claim         uuid,
  claimed_until timestamptz(3)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX webhook_work_due ON webhook_work (due_at, event_id) WHERE dead_at IS NULL;
CREATE INDEX webhook_work_critical ON webhook_work (due_at, event_id) WHERE dead_at IS NULL AND critical;
CREATE INDEX webhook_work_by_entity ON webhook_work (service_name, entity, position, event_id)
  WHERE dead_at IS NULL AND entity IS NOT NULL;
CREATE INDEX webhook_work_dead ON webhook_work (dead_at) WHERE dead_at IS NOT NULL;

CREATE TABLE webhook_attempts (
  received_at timestamptz(3) NOT NULL,
  event_id    text COLLATE "C" NOT NULL,
  run         integer NOT NULL,
  attempt     integer NOT NULL,
  started_at  timestamptz(3) NOT NULL,
  duration_ms double precision NOT NULL,
  -- Null where no handler knows the type.
  handler     text,
  outcome     text NOT NULL,
  reason      text,
  replica_id  text NOT NULL,
  PRIMARY KEY (received_at, event_id, run, attempt)
) PARTITION BY RANGE (received_at);

-- Facts that JetStream has not acknowledged. Whoever wrote one tells it; after kept_until any replica does.
CREATE TABLE webhook_outbox (
  fact_id      text PRIMARY KEY,
  fact         text NOT NULL,
  service_name text NOT NULL,
  body         text NOT NULL,
  kept_until   timestamptz(3) NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX webhook_outbox_by_time ON webhook_outbox (kept_until);

CREATE TABLE webhook_secrets (
  id           uuid PRIMARY KEY,
  service_name text NOT NULL,
  key_id       text NOT NULL,
  nonce        bytea NOT NULL,
  ciphertext   bytea NOT NULL,
  created_at   timestamptz(3) NOT NULL,
  created_by   text NOT NULL,
  last_used_at timestamptz(3)
);
CREATE INDEX webhook_secrets_by_service ON webhook_secrets (service_name, created_at);

-- What a replica counted in a span of time, written again and again while the span lasts.
CREATE TABLE webhook_tallies (
  span_start   timestamptz(0) NOT NULL,
  service_name text NOT NULL,
  writer       text NOT NULL,
  tally        jsonb NOT NULL,
  PRIMARY KEY (span_start, service_name, writer)
);

CREATE TABLE airtable_feeds (
  base_id       text NOT NULL,
  webhook_id    text NOT NULL,
  cursor        bigint NOT NULL,
  -- Pings that came, and those that a whole reading of the feed has answered.
  pings         bigint NOT NULL,
  answered      bigint NOT NULL,
  due_at        timestamptz(3) NOT NULL,
  failures      integer NOT NULL,
  last_error    text,
  claim         uuid,
  claimed_until timestamptz(3),
  -- Null until Airtable has said when; gone when it no longer knows the webhook.
  expires_at    timestamptz(3),
  renew_at      timestamptz(3) NOT NULL,
  gone_at       timestamptz(3),
  PRIMARY KEY (base_id, webhook_id)
);
`;

const DOWN = `
DROP TABLE airtable_feeds;
DROP TABLE webhook_tallies;
DROP TABLE webhook_secrets;
DROP TABLE webhook_outbox;
DROP TABLE webhook_attempts;
DROP TABLE webhook_work;
DROP TABLE webhook_events;
DROP TABLE webhook_keys;
`;
