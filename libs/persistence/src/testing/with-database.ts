import { after, before } from 'node:test';
import { ManualClock, withServers } from '@signalbox/testkit';
import { AuditStore, type ChangedBy } from '../audit/audit-store.js';
import { Database } from '../database/database.js';
import { Partitions } from '../history/partitions.js';

export const BY: ChangedBy = { actor: 'ada', role: 'admin', correlationId: 'correlation-1' };

/**
 * A migrated database of the test's own, on a real PostgreSQL that it may kill. Called inside a `describe`: the
 * runner takes hooks outside of one in no order.
 */
export function withDatabase() {
  let database: Database | undefined;
  after(() => database?.close());
  const servers = withServers('postgres');
  before(async () => {
    // A server that is gone refuses at once; a busy one takes long to open ten connections and to come to a statement.
    database = new Database({
      url: servers.databaseUrl,
      connectTimeoutMs: 30_000,
      statementTimeoutMs: 60_000,
    });
    await database.migrate();
  });
  const opened = (): Database => {
    if (database === undefined) throw new Error('the database opens in a before hook');
    return database;
  };
  return {
    servers,
    clock: new ManualClock(),
    get database() {
      return opened();
    },
    get partitions() {
      return new Partitions(opened());
    },
    get audit() {
      return new AuditStore(opened(), this.partitions);
    },
  };
}
