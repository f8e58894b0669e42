import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { MessageBus } from '@signalbox/messaging';
import * as persistence from '@signalbox/persistence';
import { Auditor, LOGGER, RateLimiter, type Logger } from '@signalbox/platform';
import { CallerLimiter, ClaimStore, RedisConnection } from '@signalbox/redis';
import type { Clock } from '@signalbox/statistics';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { CLOCK, ambientProviders } from '../engine/ambient.js';
import { Peers } from '../gossip/peers.js';
import { StreamAuditor } from '../recorder/stream-auditor.js';

const { AnalyticsStore, AuditStore, CatalogStore, ConfigStore, ConnectionStore, CredentialStore } =
  persistence;
const { Database, HistoryStore, Keyring, ModelStore, OverrideStore, Partitions, RecoveryStore } = persistence;

/** NATS, Redis and PostgreSQL. None has to be there for the process to start. */
const servers: Provider[] = [
  {
    provide: MessageBus,
    inject: [COORDINATOR_SETTINGS, LOGGER],
    useFactory: (settings: CoordinatorSettings, logger: Logger) =>
      MessageBus.connect({
        url: settings.natsUrl,
        name: `routing-coordinator ${settings.replicaId}`,
        logger,
      }),
  },
  {
    provide: RedisConnection,
    inject: [COORDINATOR_SETTINGS, LOGGER],
    useFactory: (settings: CoordinatorSettings, logger: Logger) =>
      RedisConnection.connect({
        url: settings.redisUrl,
        name: `routing-coordinator ${settings.replicaId}`,
        logger,
      }),
  },
  {
    provide: Database,
    inject: [COORDINATOR_SETTINGS],
    useFactory: (settings: CoordinatorSettings) =>
      new Database({
        url: settings.databaseUrl,
        applicationName: `routing-coordinator ${settings.replicaId}`,
      }),
  },
];

const redis: Provider[] = [
  {
    provide: ClaimStore,
    inject: [RedisConnection],
    useFactory: (connection: RedisConnection) => new ClaimStore({ connection }),
  },
  {
    provide: CallerLimiter,
    inject: [RedisConnection, Peers],
    useFactory: (connection: RedisConnection, peers: Peers) =>
      new CallerLimiter({ connection, replicas: () => peers.replicas() }),
  },
  { provide: RateLimiter, useExisting: CallerLimiter },
];

const stores: Provider[] = [
  {
    provide: Partitions,
    inject: [Database],
    useFactory: (database: persistence.Database) => new Partitions(database),
  },
  {
    provide: AuditStore,
    inject: [Database, Partitions],
    useFactory: (database: persistence.Database, partitions: persistence.Partitions) =>
      new AuditStore(database, partitions),
  },
  {
    provide: ConfigStore,
    inject: [Database, AuditStore],
    useFactory: (database: persistence.Database, audit: persistence.AuditStore) =>
      new ConfigStore(database, audit),
  },
  {
    provide: CatalogStore,
    inject: [ConfigStore],
    useFactory: (configs: persistence.ConfigStore) => new CatalogStore(configs),
  },
  {
    provide: CredentialStore,
    inject: [Database, AuditStore, COORDINATOR_SETTINGS, CLOCK],
    useFactory: (
      database: persistence.Database,
      audit: persistence.AuditStore,
      settings: CoordinatorSettings,
      clock: Clock,
    ) => new CredentialStore(database, audit, Keyring.parse(settings.credentialKeys), clock),
  },
  {
    provide: HistoryStore,
    inject: [Database, Partitions, CLOCK],
    useFactory: (database: persistence.Database, partitions: persistence.Partitions, clock: Clock) =>
      new HistoryStore(database, partitions, clock),
  },
  ...[AnalyticsStore, ConnectionStore, ModelStore, OverrideStore, RecoveryStore].map((store) => ({
    provide: store,
    inject: [Database],
    useFactory: (database: persistence.Database) => new store(database),
  })),
];

/** What every feature may inject: the servers, what is kept in them, time, chance and settings. */
@Global()
@Module({})
export class ConnectionsModule implements OnApplicationShutdown {
  constructor(
    @Inject(MessageBus) private readonly bus: MessageBus,
    @Inject(RedisConnection) private readonly redis: RedisConnection,
    @Inject(Database) private readonly database: persistence.Database,
    @Inject(CallerLimiter) private readonly limiter: CallerLimiter,
  ) {}

  static with(settings: CoordinatorSettings): DynamicModule {
    const providers: Provider[] = [
      { provide: COORDINATOR_SETTINGS, useValue: settings },
      ...ambientProviders,
      ...servers,
      ...redis,
      ...stores,
      Peers,
      { provide: Auditor, useClass: StreamAuditor },
    ];
    return { module: ConnectionsModule, providers, exports: providers };
  }

  /** Last of all: whatever had something to say has said it. */
  async onApplicationShutdown(): Promise<void> {
    this.limiter.close();
    await this.bus.close();
    await Promise.all([this.redis.close(), this.database.close()]);
  }
}
