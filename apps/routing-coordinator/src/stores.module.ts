import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import * as persistence from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from './config.js';

const { AnalyticsStore, AuditStore, CatalogStore, ConfigStore, ConnectionStore, CredentialStore } =
  persistence;
const {
  Database,
  DecisionStore,
  HistoryStore,
  Keyring,
  ModelStore,
  OverrideStore,
  Partitions,
  RecoveryStore,
} = persistence;

const stores: Provider[] = [
  {
    provide: CatalogStore,
    inject: [ConfigStore],
    useFactory: (configs: persistence.ConfigStore) => new CatalogStore(configs),
  },
  {
    provide: CredentialStore,
    inject: [Database, AuditStore, Keyring, CLOCK],
    useFactory: (
      database: persistence.Database,
      audit: persistence.AuditStore,
      keyring: persistence.Keyring,
      clock: Clock,
    ) => new CredentialStore(database, audit, keyring, clock),
  },
  {
    provide: HistoryStore,
    inject: [Database, Partitions, CLOCK],
    useFactory: (database: persistence.Database, partitions: persistence.Partitions, clock: Clock) =>
      new HistoryStore(database, partitions, clock),
  },
  ...[AnalyticsStore, ConnectionStore, DecisionStore, ModelStore, OverrideStore, RecoveryStore].map(
    (store) => ({
      provide: store,
      inject: [Database],
      useFactory: (database: persistence.Database) => new store(database),
    }),
  ),
];

/** What every feature of the coordinator may inject: its settings and what is kept in PostgreSQL. */
@Global()
@Module({})
export class StoresModule {
  static with(settings: CoordinatorSettings): DynamicModule {
    const providers: Provider[] = [{ provide: COORDINATOR_SETTINGS, useValue: settings }, ...stores];
    return { module: StoresModule, providers, exports: providers };
  }
}
