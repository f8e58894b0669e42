import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CLOCK, LiveConfigs, WEBHOOK_SOURCES, type LiveConfig } from '@signalbox/hosting';
import type { WebhookSource } from '@signalbox/contracts';
import * as persistence from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { WEBHOOK_INGEST_SETTINGS, type WebhookIngestSettings } from './config.js';

const { AirtableFeeds, AuditStore, Database, Keyring, Partitions } = persistence;
const {
  WebhookEvents,
  WebhookOutbox,
  WebhookReceipts,
  WebhookReplays,
  WebhookSecrets,
  WebhookTallies,
  WebhookWork,
} = persistence;

/** The sources' configuration, live on this replica. */
export const LIVE_SOURCES = Symbol('live webhook sources');
export type LiveSourceConfigs = LiveConfig<WebhookSource>;

const stores: Provider[] = [
  ...[AirtableFeeds, WebhookEvents, WebhookOutbox, WebhookTallies, WebhookWork].map((store) => ({
    provide: store,
    inject: [Database],
    useFactory: (database: persistence.Database) => new store(database),
  })),
  {
    provide: WebhookReceipts,
    inject: [Database, Partitions],
    useFactory: (database: persistence.Database, partitions: persistence.Partitions) =>
      new WebhookReceipts(database, partitions),
  },
  {
    provide: WebhookReplays,
    inject: [Database, AuditStore],
    useFactory: (database: persistence.Database, audit: persistence.AuditStore) =>
      new WebhookReplays(database, audit),
  },
  {
    provide: WebhookSecrets,
    inject: [Database, AuditStore, Keyring, CLOCK],
    useFactory: (
      database: persistence.Database,
      audit: persistence.AuditStore,
      keyring: persistence.Keyring,
      clock: Clock,
    ) => new WebhookSecrets(database, audit, keyring, clock),
  },
  {
    provide: LIVE_SOURCES,
    inject: [LiveConfigs],
    useFactory: (configs: LiveConfigs) => configs.of(WEBHOOK_SOURCES),
  },
];

/** What every feature of the app may inject: its settings and what is kept in PostgreSQL. */
@Global()
@Module({})
export class WebhookStoresModule {
  static with(settings: WebhookIngestSettings): DynamicModule {
    const providers: Provider[] = [{ provide: WEBHOOK_INGEST_SETTINGS, useValue: settings }, ...stores];
    return { module: WebhookStoresModule, providers, exports: providers };
  }
}
