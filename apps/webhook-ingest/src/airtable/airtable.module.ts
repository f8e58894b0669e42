import { Module } from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import { AuditStore, CredentialStore, Database, Keyring } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { StoringModule } from '../storing/storing.module.js';
import { AirtableApi } from './airtable-api.js';
import { PingFeeds } from './ping-feeds.js';
import { ReadFeeds } from './read-feeds.js';
import { RenewWebhooks } from './renew-webhooks.js';

@Module({
  imports: [StoringModule],
  providers: [
    {
      provide: CredentialStore,
      inject: [Database, AuditStore, Keyring, CLOCK],
      useFactory: (database: Database, audit: AuditStore, keyring: Keyring, clock: Clock) =>
        new CredentialStore(database, audit, keyring, clock),
    },
    AirtableApi,
    PingFeeds,
    ReadFeeds,
    RenewWebhooks,
  ],
  exports: [PingFeeds, StoringModule],
})
export class AirtableModule {}
