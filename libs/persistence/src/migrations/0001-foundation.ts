import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Configuration, audit, credentials, models, and the record of overrides and recoveries. */
export class Foundation1760000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
CREATE TABLE config_versions (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  object     text NOT NULL,
  version    integer NOT NULL CHECK (version > 0),
  body       jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  comment    text,
  UNIQUE (object, version)
);

-- The version of each object that is live.
CREATE TABLE config_heads (
  object  text PRIMARY KEY,
  version integer NOT NULL,
  FOREIGN KEY (object, version) REFERENCES config_versions (object, version)
);

CREATE SEQUENCE audit_entries_id_seq;
CREATE TABLE audit_entries (
  at             timestamptz(3) NOT NULL DEFAULT now(),
  id             bigint NOT NULL DEFAULT nextval('audit_entries_id_seq'),
  actor          text NOT NULL,
  role           text NOT NULL,
  action         text NOT NULL,
  object         text NOT NULL,
  before         jsonb,
  after          jsonb,
  correlation_id text NOT NULL,
  -- Of the stream that brought it; null when it was written with its change in one transaction.
  event_id       text,
  PRIMARY KEY (at, id),
  UNIQUE (at, event_id)
) PARTITION BY RANGE (at);
CREATE INDEX audit_entries_by_actor  ON audit_entries (actor, at DESC, id DESC);
CREATE INDEX audit_entries_by_action ON audit_entries (action, at DESC, id DESC);
CREATE INDEX audit_entries_by_object ON audit_entries (object, at DESC, id DESC);
ALTER SEQUENCE audit_entries_id_seq OWNED BY audit_entries.id;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE node_credentials (
  id         uuid PRIMARY KEY,
  node_id    text NOT NULL,
  -- Which key of the keyring sealed it; the three are null once revoked: nothing is left to steal.
  key_id     text,
  nonce      bytea,
  ciphertext bytea,
  created_at timestamptz(3) NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  CHECK ((revoked_at IS NULL) = (ciphertext IS NOT NULL)),
  CHECK ((ciphertext IS NULL) = (nonce IS NULL) AND (ciphertext IS NULL) = (key_id IS NULL))
);
CREATE INDEX node_credentials_by_node ON node_credentials (node_id, created_at DESC);

-- The live overrides and recoveries are in NATS, where they work on without this database; here is their record.
CREATE TABLE overrides (
  coordination_id        text PRIMARY KEY,
  service_name           text NOT NULL,
  emergency_reason       text NOT NULL,
  business_justification text NOT NULL,
  selected_provider      text NOT NULL,
  activated_by           text NOT NULL,
  activated_at           timestamptz(3) NOT NULL,
  expires_at             timestamptz(3) NOT NULL,
  max_budget_micro_usd   bigint NOT NULL
);
CREATE INDEX overrides_by_time ON overrides (activated_at);

-- A table of its own: the end may be recorded before the beginning.
CREATE TABLE override_ends (
  coordination_id text PRIMARY KEY,
  ended_at        timestamptz(3) NOT NULL,
  end_reason      text NOT NULL,
  ended_by        text NOT NULL,
  spent_micro_usd bigint NOT NULL
);

CREATE TABLE recovery_activations (
  id               text PRIMARY KEY,
  service_name     text NOT NULL,
  action           text NOT NULL,
  focus            text NOT NULL,
  trigger_event_id text,
  failed_node_ids  text[] NOT NULL,
  started_at       timestamptz(3) NOT NULL,
  -- Null once ended.
  step             text,
  changed_at       timestamptz(3) NOT NULL,
  ended_at         timestamptz(3),
  end_reason       text,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX recovery_activations_ended ON recovery_activations (service_name, ended_at)
  WHERE ended_at IS NOT NULL;

CREATE TABLE models (
  name     text PRIMARY KEY,
  version  integer NOT NULL,
  state    jsonb NOT NULL,
  saved_at timestamptz(3) NOT NULL DEFAULT now()
);
`;

const DOWN = `
DROP TABLE models;
DROP TABLE recovery_activations;
DROP TABLE override_ends;
DROP TABLE overrides;
DROP TABLE node_credentials;
DROP TABLE audit_entries;
DROP FUNCTION refuse_change;
DROP TABLE config_heads;
DROP TABLE config_versions;
`;
