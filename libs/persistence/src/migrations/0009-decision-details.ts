import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a decision answered beyond the columns it had: enough to show it whole again. */
export class DecisionDetails1760000000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
-- Figures by their place, packed as history/decision-details.ts says; null of decisions recorded before.
ALTER TABLE decisions ADD COLUMN details json;
-- The coordination strategy and the applied optimizations, words apart by spaces.
ALTER TABLE decisions ADD COLUMN optimizations text;
`;

const DOWN = `
ALTER TABLE decisions DROP COLUMN optimizations;
ALTER TABLE decisions DROP COLUMN details;
`;
