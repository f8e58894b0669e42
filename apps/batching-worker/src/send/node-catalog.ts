import { Inject, Injectable, Logger } from '@nestjs/common';
import { toMicroUsd, type MicroUsd, type NodeConfig, type ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { CatalogStore } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { BATCH_CATALOG } from '../stores.module.js';

/** The catalog changes by hand: this old it is good enough for a price, and for a fallback. */
const FRESH_MS = 10_000;

/** The nodes of each service as the catalog has them: what they cost, and where to go when nobody decides. */
@Injectable()
export class NodeCatalog {
  private readonly logger = new Logger(NodeCatalog.name);
  private readonly nodes = new Map<ServiceName, readonly NodeConfig[]>();
  private readAtMs = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | undefined;

  constructor(
    @Inject(BATCH_CATALOG) private readonly store: CatalogStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** As last read; reads again in the background when that is a while ago. */
  nodesOf(serviceName: ServiceName): readonly NodeConfig[] {
    if (this.clock.nowMs() - this.readAtMs > FRESH_MS) void this.refresh();
    return this.nodes.get(serviceName) ?? [];
  }

  /** In the order of a fallback: nodes that take ordinary traffic, the heaviest first. */
  fallbackOrder(serviceName: ServiceName): NodeConfig[] {
    return this.nodesOf(serviceName)
      .filter(({ role, drained }) => role !== 'emergency' && drained !== true)
      .toSorted((a, b) => b.weightPercent - a.weightPercent);
  }

  /** Of one unit at the dearest node that takes ordinary traffic; 0 while the catalog has not been read. */
  unitPriceMicroUsd(serviceName: ServiceName): MicroUsd {
    const prices = this.fallbackOrder(serviceName).map((node) => toMicroUsd(node.costPerRequestUsd));
    return Math.max(0, ...prices);
  }

  refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async read(): Promise<void> {
    this.readAtMs = this.clock.nowMs();
    try {
      for (const { service } of await this.store.loadAll())
        this.nodes.set(service.serviceName, service.nodes);
    } catch (error) {
      this.logger.warn(`The catalog is as last read: ${String(error)}`);
    }
  }
}
