import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  rollbackRequest,
  versionsQuery,
  type ConfigVersion,
  type Page,
  type RollbackRequest,
  type Success,
  type VersionedService,
  type VersionsQuery,
} from '@signalbox/contracts';
import type { ConfigDifference } from '@signalbox/catalog';
import { ConfigStore } from '@signalbox/persistence';
import { Access, Caller, ValidBody, ValidQuery } from '@signalbox/platform';
import { ChangeCatalog } from './change-catalog.js';

@ApiTags('admin')
@Controller('admin/versions')
export class VersionsController {
  constructor(
    private readonly store: ConfigStore,
    private readonly change: ChangeCatalog,
  ) {}

  /** Versions of configuration objects, newest first. */
  @Get()
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async list(@ValidQuery(versionsQuery) query: VersionsQuery): Promise<Success<Page<ConfigVersion>>> {
    return ok(await this.store.versions(query));
  }

  @Get(':id')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async get(@Param('id') id: string): Promise<Success<ConfigVersion>> {
    return ok(await this.store.version(id));
  }

  /** What changes from one version to another, field by field. */
  @Get(':id/diff/:otherId')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async diff(
    @Param('id') id: string,
    @Param('otherId') otherId: string,
  ): Promise<Success<{ changes: ConfigDifference[] }>> {
    return ok({ changes: await this.store.diff(id, otherId) });
  }

  /** Makes the body of this version the newest one. */
  @Post(':id/rollback')
  @Access({ roles: ['admin'], perMinute: 10 })
  async rollback(
    @Param('id') id: string,
    @ValidBody(rollbackRequest) body: RollbackRequest,
    @Caller() caller: Caller,
  ): Promise<Success<VersionedService>> {
    return ok(await this.change.rollback(id, caller, body));
  }
}
