import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { defaultCatalog } from '@signalbox/catalog';
import {
  serviceConfig,
  toMicroUsd,
  type MicroUsd,
  type ServiceConfig,
  type ServiceName,
  type VersionedService,
} from '@signalbox/contracts';
import { MessageBus, type BucketWatch } from '@signalbox/messaging';

/** What a call on each node costs by the live catalog, which coordinators share in a bucket. */
@Injectable()
export class NodePrices implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(NodePrices.name);
  private readonly prices = new Map<ServiceName, Map<string, MicroUsd>>();
  private watch: BucketWatch<VersionedService> | undefined;

  constructor(@Inject(MessageBus) private readonly bus: MessageBus) {
    // What ships, until it is known what is live.
    for (const service of defaultCatalog) this.take(service);
  }

  onApplicationBootstrap(): void {
    this.watch = this.bus.bucket<VersionedService>('catalog').watch((_key, entry) => {
      if (entry !== null && serviceConfig.check(entry.value.service)) this.take(entry.value.service);
    });
  }

  beforeApplicationShutdown(): void {
    this.watch?.stop();
  }

  /** Resolves when what coordinators have shared is known. */
  async known(): Promise<void> {
    await this.watch?.initialised;
  }

  /** Of a node that is not in the catalog any more: the dearest of its service, so that no spend is understated. */
  of(service: ServiceName, nodeId: string): MicroUsd {
    const prices = this.prices.get(service) ?? new Map<string, MicroUsd>();
    const price = prices.get(nodeId);
    if (price !== undefined) return price;
    this.logger.warn(`${service} has no node ${nodeId} any more: its call is priced as on the dearest node`);
    return Math.max(0, ...prices.values());
  }

  private take({ serviceName, nodes }: ServiceConfig): void {
    this.prices.set(
      serviceName,
      new Map(nodes.map(({ nodeId, costPerRequestUsd }) => [nodeId, toMicroUsd(costPerRequestUsd)])),
    );
  }
}
