import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The journal of the spend ledger, and the alerts it raised. */
export class Costs1760000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
-- A ledger that was rebuilt is of the next generation; the journal takes nothing of an earlier one any more.
CREATE TABLE ledger_generations (
  service_name text PRIMARY KEY,
  generation   bigint NOT NULL CHECK (generation > 0)
);

-- Every movement of every reservation and lease. Partitioned by when the reservation was made, so that all of its
-- movements lie together and a repeated one finds itself.
CREATE TABLE ledger_movements (
  reserved_at              timestamptz(3) NOT NULL,
  movement_id              text NOT NULL,
  service_name             text NOT NULL,
  kind                     text NOT NULL,
  generation               bigint NOT NULL,
  reservation_id           text NOT NULL,
  amount_micro_usd         bigint NOT NULL,
  day_key                  text NOT NULL,
  month_key                text NOT NULL,
  at                       timestamptz(3) NOT NULL,
  expires_at               timestamptz(3),
  lease_id                 text,
  override_id              text,
  override_draw_micro_usd  bigint NOT NULL,
  PRIMARY KEY (reserved_at, movement_id)
) PARTITION BY RANGE (reserved_at);
CREATE INDEX ledger_movements_by_service ON ledger_movements (service_name, reserved_at);
CREATE INDEX ledger_movements_by_override ON ledger_movements (override_id) WHERE override_id IS NOT NULL;
CREATE INDEX ledger_movements_of_alerts ON ledger_movements (service_name, reserved_at) WHERE kind = 'alert';

-- Hours in which nothing is open any more, summed up once; a movement that comes late strikes its hour.
CREATE TABLE ledger_closed_hours (
  hour timestamptz(0) PRIMARY KEY
);
CREATE TABLE ledger_hours (
  hour            timestamptz(0) NOT NULL REFERENCES ledger_closed_hours ON DELETE CASCADE,
  service_name    text NOT NULL,
  day_key         text NOT NULL,
  month_key       text NOT NULL,
  spent_micro_usd bigint NOT NULL,
  calls           bigint NOT NULL,
  PRIMARY KEY (hour, service_name, day_key, month_key)
);
CREATE INDEX ledger_hours_by_service ON ledger_hours (service_name, hour);

-- What is told of an alert, stored before it is; an alert of the journal that was never told is found by this.
CREATE TABLE budget_alerts (
  alert_id           text PRIMARY KEY,
  service_name       text NOT NULL,
  period             text NOT NULL,
  period_key         text NOT NULL,
  level              text NOT NULL,
  threshold          double precision NOT NULL,
  cap_micro_usd      bigint NOT NULL,
  spent_micro_usd    bigint NOT NULL,
  reserved_micro_usd bigint NOT NULL,
  raised_at          timestamptz(3) NOT NULL,
  told_at            timestamptz(3)
);
CREATE INDEX budget_alerts_by_time ON budget_alerts (service_name, raised_at);

-- Which of several attempts made on one reservation it pays for: the first that was heard of.
CREATE TABLE reservation_payers (
  service_name    text NOT NULL,
  reservation_id  text NOT NULL,
  coordination_id text NOT NULL,
  seen_at         timestamptz(3) NOT NULL,
  PRIMARY KEY (service_name, reservation_id)
);
CREATE INDEX reservation_payers_by_time ON reservation_payers (seen_at);
`;

const DOWN = `
DROP TABLE reservation_payers;
DROP TABLE budget_alerts;
DROP TABLE ledger_hours;
DROP TABLE ledger_closed_hours;
DROP TABLE ledger_movements;
DROP TABLE ledger_generations;
`;
