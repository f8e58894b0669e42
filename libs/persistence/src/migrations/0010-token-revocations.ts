import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens that are refused before they expire. */
export class TokenRevocations1760000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
CREATE TABLE token_revocations (
  id         uuid PRIMARY KEY,
  -- Either one token, by its claim jti, or all of a subject that were issued until revoked_at.
  token_id   text,
  subject    text,
  reason     text NOT NULL,
  revoked_by text NOT NULL,
  revoked_at timestamptz(3) NOT NULL,
  -- The tokens it is about have ended by then: the row is deleted.
  expires_at timestamptz(3) NOT NULL,
  -- Kept when undone: a process that missed the undoing must learn of it.
  undone_at  timestamptz(3),
  CHECK ((token_id IS NULL) <> (subject IS NULL)),
  CHECK (expires_at > revoked_at)
);
CREATE INDEX token_revocations_newest ON token_revocations (revoked_at DESC, id DESC) WHERE undone_at IS NULL;
CREATE INDEX token_revocations_by_expiry ON token_revocations (expires_at);
`;

const DOWN = `
DROP TABLE token_revocations;
`;
