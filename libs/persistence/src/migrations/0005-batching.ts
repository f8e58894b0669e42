import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests taken for batching, from their acceptance to their one end, and what batching was worth. */
export class Batching1760000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
-- One row a request: written before it is acknowledged, ended exactly once. Redis only says whose turn it is.
CREATE TABLE batch_items (
  request_id      text PRIMARY KEY,
  service_name    text NOT NULL,
  operation       text NOT NULL,
  -- As it was sent: json and not jsonb, which would change numbers and the order of members.
  payload         json NOT NULL,
  payload_digest  text NOT NULL,
  -- 0 critical, 1 high, 2 medium, 3 low.
  priority        smallint NOT NULL CHECK (priority BETWEEN 0 AND 3),
  tenant          text NOT NULL,
  idempotency_key text,
  deadline_ms     integer,
  correlation_id  text NOT NULL,
  -- Whether a call that may have been carried out may be made again.
  repeatable      boolean NOT NULL,
  -- The parcel that carries it through the queue, with those that were written with it.
  queue_id        text NOT NULL,
  accepted_at     timestamptz(3) NOT NULL,
  state           text NOT NULL DEFAULT 'queued',
  attempts        integer NOT NULL DEFAULT 0,
  -- Not to be sent before.
  available_at    timestamptz(3) NOT NULL,
  -- Its acceptance, or its last replay: it gives up a day later.
  waiting_since   timestamptz(3) NOT NULL,
  -- Who sends it now. Only the holder of the claim may end it; past claimed_until the holder has given up.
  claim_id        text,
  claimed_by      text,
  claimed_until   timestamptz(3),
  -- When it first left in a batch.
  left_at         timestamptz(3),
  batch_id        text,
  node_id         text,
  status_code     smallint,
  result          json,
  -- Why it has no result, or not yet.
  reason          text,
  message         text,
  duplicate_of    text,
  replays         integer NOT NULL DEFAULT 0,
  ended_at        timestamptz(3),
  CHECK ((ended_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'dead', 'discarded')))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX batch_items_by_key ON batch_items (tenant, service_name, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX batch_items_live ON batch_items (service_name, request_id) WHERE ended_at IS NULL;
CREATE INDEX batch_items_dead ON batch_items (ended_at DESC, request_id DESC) WHERE state = 'dead';
CREATE INDEX batch_items_ended ON batch_items (ended_at) WHERE ended_at IS NOT NULL;

-- What has to be told once it is true: written with it, deleted when JetStream has it.
CREATE TABLE batch_news (
  event_id       text PRIMARY KEY,
  fact           text NOT NULL,
  service_name   text NOT NULL,
  body           json NOT NULL,
  created_at     timestamptz(3) NOT NULL DEFAULT now()
);

-- Sums by hour; what an item or a call adds is added in the transaction that ends it.
CREATE TABLE batch_tallies (
  hour              timestamptz(0) NOT NULL,
  service_name      text NOT NULL,
  requests          bigint NOT NULL DEFAULT 0,
  succeeded         bigint NOT NULL DEFAULT 0,
  failed            bigint NOT NULL DEFAULT 0,
  dead              bigint NOT NULL DEFAULT 0,
  duplicates        bigint NOT NULL DEFAULT 0,
  calls             bigint NOT NULL DEFAULT 0,
  retries           bigint NOT NULL DEFAULT 0,
  bisections        bigint NOT NULL DEFAULT 0,
  billable_units    bigint NOT NULL DEFAULT 0,
  -- What the requests served would have been billed had each been a call of its own.
  alone_units       bigint NOT NULL DEFAULT 0,
  cost_micro_usd    bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (hour, service_name)
);
-- Waits from acceptance until the request left, counted in buckets: bucket n holds (1.1^(n-1), 1.1^n] ms.
CREATE TABLE batch_waits (
  hour         timestamptz(0) NOT NULL,
  service_name text NOT NULL,
  priority     smallint NOT NULL,
  bucket       smallint NOT NULL,
  requests     bigint NOT NULL,
  wait_ms_sum  double precision NOT NULL,
  PRIMARY KEY (hour, service_name, priority, bucket)
);
`;

const DOWN = `
DROP TABLE batch_waits;
DROP TABLE batch_tallies;
DROP TABLE batch_news;
DROP TABLE batch_items;
`;
