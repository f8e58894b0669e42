import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HealthRegistry } from '@signalbox/platform';
import { LiveCatalog } from '../catalog/live-catalog.js';

/** Without a catalog nothing can be routed: the one thing that the coordinator is not ready without. */
@Injectable()
export class CatalogCheck implements OnApplicationBootstrap {
  constructor(
    private readonly health: HealthRegistry,
    private readonly catalog: LiveCatalog,
  ) {}

  onApplicationBootstrap(): void {
    this.health.register('catalog', {
      required: true,
      check: () =>
        this.catalog.isLoaded
          ? { state: 'operational' }
          : {
              state: 'down',
              reason:
                'Not all configuration is loaded yet: it comes from PostgreSQL or, while that is down, from NATS. Check both.',
            },
    });
  }
}
