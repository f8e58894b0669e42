import { after, before } from 'node:test';
import { Database } from '@signalbox/persistence';

/** The tables as they are, for what no answer shows. */
export function rowsOf(databaseUrl: () => string) {
  let database: Database | undefined;
  before(() => {
    database = new Database({ url: databaseUrl(), applicationName: 'test' });
  });
  after(() => database?.close());
  const select = <T>(sql: string, parameters: unknown[] = []): Promise<T[]> => {
    if (database === undefined) throw new Error('opens in a before hook');
    return database.query<T>(sql, parameters);
  };
  return {
    select,
    count: async (table: string) =>
      (await select<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n ?? NaN,
  };
}
