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
import { ambientProviders } from './ambient.js';
import { ChangeConfig } from './config/change-config.js';
import { LiveConfigs } from './config/live-config.js';
import { ServiceConfigNews } from './config/service-config-news.js';
import { DependencyChecks } from './dependency-checks.js';
import { Fleet } from './fleet/fleet.js';
import { HOST_SETTINGS, type HostSettings } from './host-settings.js';
import { HOSTED, type Hosted } from './hosted.js';
import { LiveRevocations } from './revocations/live-revocations.js';
import { Schedule } from './schedule/schedule.js';
import { StreamAuditor } from './stream-auditor.js';

const { AuditStore, ConfigStore, Database, Keyring, Partitions, RevocationStore } = persistence;

/** NATS, Redis and PostgreSQL. None has to be there for the process to start. */
const servers: Provider[] = [
  {
    provide: MessageBus,
    inject: [HOST_SETTINGS, HOSTED, LOGGER],
    useFactory: (settings: HostSettings, hosted: Hosted, logger: Logger) =>
      MessageBus.connect({ url: settings.natsUrl, name: nameOf(hosted), logger }),
  },
  {
    provide: RedisConnection,
    inject: [HOST_SETTINGS, HOSTED, LOGGER],
    useFactory: (settings: HostSettings, hosted: Hosted, logger: Logger) =>
      RedisConnection.connect({ url: settings.redisUrl, name: nameOf(hosted), logger }),
  },
  {
    provide: Database,
    inject: [HOST_SETTINGS, HOSTED, LOGGER],
    useFactory: (settings: HostSettings, hosted: Hosted, logger: Logger) =>
      new Database({ url: settings.databaseUrl, applicationName: nameOf(hosted), logger }),
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
    inject: [RedisConnection, Fleet],
    useFactory: (connection: RedisConnection, fleet: Fleet) =>
      new CallerLimiter({ connection, replicas: () => fleet.replicas() }),
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
    provide: RevocationStore,
    inject: [Database, AuditStore],
    useFactory: (database: persistence.Database, audit: persistence.AuditStore) =>
      new RevocationStore(database, audit),
  },
  {
    provide: Keyring,
    inject: [HOST_SETTINGS],
    useFactory: (settings: HostSettings) => Keyring.parse(settings.credentialKeys),
  },
];

/**
 * What every app may inject: the servers, the fleet, audit and configuration, time and chance. Once in a process,
 * however many apps it runs.
 */
@Global()
@Module({})
export class HostingModule implements OnApplicationShutdown {
  constructor(
    @Inject(MessageBus) private readonly bus: MessageBus,
    @Inject(RedisConnection) private readonly redis: RedisConnection,
    @Inject(Database) private readonly database: persistence.Database,
    @Inject(CallerLimiter) private readonly limiter: CallerLimiter,
  ) {}

  static with(settings: HostSettings, hosted: Hosted, apps: DynamicModule['imports']): DynamicModule {
    const providers: Provider[] = [
      { provide: HOST_SETTINGS, useValue: settings },
      { provide: HOSTED, useValue: hosted },
      ...ambientProviders,
      ...servers,
      Fleet,
      Schedule,
      ...redis,
      ...stores,
      ChangeConfig,
      LiveConfigs,
      ServiceConfigNews,
      LiveRevocations,
      DependencyChecks,
      { provide: Auditor, useClass: StreamAuditor },
    ];
    return { module: HostingModule, imports: apps ?? [], providers, exports: providers };
  }

  /** Last of all: whatever had something to say has said it. */
  async onApplicationShutdown(): Promise<void> {
    this.limiter.close();
    await this.bus.close();
    await Promise.all([this.redis.close(), this.database.close()]);
  }
}

function nameOf({ name, replicaId }: Hosted): string {
  return `${name} ${replicaId}`;
}
