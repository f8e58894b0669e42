import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import * as persistence from '@signalbox/persistence';
import { RedisConnection, SharedPacer } from '@signalbox/redis';
import type { Clock } from '@signalbox/statistics';
import { BATCHING_SETTINGS, type BatchingWorkerSettings } from './config.js';

const { AuditStore, BatchDeadLetterStore, BatchItemStore, BatchSettlements, BatchStatistics } = persistence;
const { CatalogStore, ConfigStore, CredentialStore, Database, Keyring } = persistence;

/** Tokens of our own: another app of the same process may have these stores too. */
export const BATCH_CREDENTIALS = Symbol('credentials for batches');
export const BATCH_CATALOG = Symbol('catalog for batches');

const stores: Provider[] = [
  ...[BatchItemStore, BatchSettlements, BatchStatistics].map((store) => ({
    provide: store,
    inject: [Database],
    useFactory: (database: persistence.Database) => new store(database),
  })),
  {
    provide: BatchDeadLetterStore,
    inject: [Database, AuditStore],
    useFactory: (database: persistence.Database, audit: persistence.AuditStore) =>
      new BatchDeadLetterStore(database, audit),
  },
  {
    provide: BATCH_CATALOG,
    inject: [ConfigStore],
    useFactory: (configs: persistence.ConfigStore) => new CatalogStore(configs),
  },
  {
    provide: BATCH_CREDENTIALS,
    inject: [Database, AuditStore, Keyring, CLOCK],
    useFactory: (
      database: persistence.Database,
      audit: persistence.AuditStore,
      keyring: persistence.Keyring,
      clock: Clock,
    ) => new CredentialStore(database, audit, keyring, clock),
  },
  {
    provide: SharedPacer,
    inject: [RedisConnection],
    useFactory: (connection: RedisConnection) => new SharedPacer(connection),
  },
];

/** What every feature of the worker may inject: its settings and what is kept in PostgreSQL and Redis. */
@Global()
@Module({})
export class BatchStoresModule {
  static with(settings: BatchingWorkerSettings): DynamicModule {
    const providers: Provider[] = [{ provide: BATCHING_SETTINGS, useValue: settings }, ...stores];
    return { module: BatchStoresModule, providers, exports: providers };
  }
}
