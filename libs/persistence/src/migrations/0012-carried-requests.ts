import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which batch requests went to the provider at all: only those can have saved a call. */
export class CarriedRequests1760000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
ALTER TABLE batch_tallies ADD COLUMN carried bigint NOT NULL DEFAULT 0;
-- Nobody knows which of the earlier ones never left: their figures stay as they were told.
UPDATE batch_tallies SET carried = requests;
`;

const DOWN = `
ALTER TABLE batch_tallies DROP COLUMN carried;
`;
