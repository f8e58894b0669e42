import { Global, Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { CatalogController } from './catalog.controller.js';
import { CatalogFeed } from './catalog-feed.js';
import { ChangeCatalog } from './change-catalog.js';
import { LiveCatalog } from './live-catalog.js';
import { VersionsController } from './versions.controller.js';

@Global()
@Module({
  controllers: [CatalogController, VersionsController, AuditController],
  providers: [LiveCatalog, CatalogFeed, ChangeCatalog],
  exports: [LiveCatalog],
})
export class CatalogModule {}
