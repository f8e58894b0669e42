import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What asks for a person's attention, the facts that said so, and what of it is still to be told. */
export class Alerts1760000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
CREATE TABLE alerts (
  alert_id        text PRIMARY KEY,
  -- What it is about: of one thing at most one alert stands.
  key             text NOT NULL,
  kind            text NOT NULL,
  severity        text NOT NULL CHECK (severity IN ('warning', 'critical', 'emergency')),
  state           text NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved')),
  service_name    text,
  node_id         text,
  message         text NOT NULL,
  advice          text NOT NULL,
  raised_at       timestamptz(3) NOT NULL,
  -- How often it was raised while it stood, and what those facts count together (dead letters, refusals).
  times           integer NOT NULL,
  amount          bigint NOT NULL,
  escalations     integer NOT NULL,
  -- Since when it is open at this severity without anybody's acknowledgement.
  escalates_from  timestamptz(3) NOT NULL,
  escalates_at    timestamptz(3),
  acknowledged_by text,
  acknowledged_at timestamptz(3),
  resolved_at     timestamptz(3),
  -- Resolves by itself then; null where a fact or a person ends it.
  ends_at         timestamptz(3),
  ends_by_acknowledgement boolean NOT NULL,
  -- When the newest of its facts happened.
  facts_at        timestamptz(3) NOT NULL,
  revision        integer NOT NULL,
  CHECK ((state = 'resolved') = (resolved_at IS NOT NULL)),
  CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL)),
  CHECK (escalates_at IS NULL OR state = 'open')
);
CREATE UNIQUE INDEX alerts_standing ON alerts (key) WHERE state <> 'resolved';
CREATE INDEX alerts_by_key ON alerts (key, raised_at DESC);
CREATE INDEX alerts_newest ON alerts (raised_at DESC, alert_id DESC);
CREATE INDEX alerts_escalating ON alerts (escalates_at) WHERE escalates_at IS NOT NULL;
CREATE INDEX alerts_ending ON alerts (ends_at) WHERE state <> 'resolved' AND ends_at IS NOT NULL;
CREATE INDEX alerts_over ON alerts (resolved_at) WHERE state = 'resolved';

-- Facts that were taken: one that comes again changes nothing, and one that comes after its own end neither.
CREATE TABLE alert_facts (
  fact_id text PRIMARY KEY,
  key     text NOT NULL,
  at      timestamptz(3) NOT NULL,
  ends    boolean NOT NULL
);
CREATE INDEX alert_facts_by_time ON alert_facts (at);
CREATE INDEX alert_facts_ends ON alert_facts (key, at) WHERE ends;

-- Committed with the change, deleted when the room has it.
CREATE TABLE alert_news (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id text NOT NULL,
  revision integer NOT NULL,
  at       timestamptz(3) NOT NULL,
  critical boolean NOT NULL,
  view     jsonb NOT NULL
);

-- How often in a row each threshold was passed, so that another replica counts on.
CREATE TABLE threshold_counts (
  service_name text PRIMARY KEY,
  collected_at timestamptz(3) NOT NULL,
  counts       jsonb NOT NULL
);
`;

const DOWN = `
DROP TABLE threshold_counts;
DROP TABLE alert_news;
DROP TABLE alert_facts;
DROP TABLE alerts;
`;
