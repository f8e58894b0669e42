import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The service that each audited change concerns, so that a token of some services is told of those alone. */
export class AuditedServices1760000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(UP);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DOWN);
  }
}

const UP = `
-- Null: of none, or of several. Of what was written before, where the object is named after it; the rest stays null,
-- which shows it to nobody who could not see it all.
ALTER TABLE audit_entries ADD COLUMN service_name text;
ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only;
UPDATE audit_entries SET service_name = split_part(object, ':', 2)
WHERE split_part(object, ':', 2) IN ('stripe', 'twilio', 'sendgrid', 'samsara', 'maps', 'airtable');
ALTER TABLE audit_entries ENABLE TRIGGER audit_entries_append_only;
CREATE INDEX audit_entries_by_service ON audit_entries (service_name, at DESC, id DESC);
`;

const DOWN = `
ALTER TABLE audit_entries DROP COLUMN service_name;
`;
