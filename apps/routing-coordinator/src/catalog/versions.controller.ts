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
import { ChangeConfig, kindOf, type VersionedConfig } from '@signalbox/hosting';
import { ConfigStore } from '@signalbox/persistence';
import { Access, Caller, ValidBody, ValidQuery, assertMayTouch, isServiceName } from '@signalbox/platform';
import { ChangeCatalog } from './change-catalog.js';

@ApiTags('admin')
@Controller('admin/versions')
export class VersionsController {
  constructor(
    private readonly store: ConfigStore,
    private readonly change: ChangeCatalog,
    private readonly changeConfig: ChangeConfig,
  ) {}

  /** Versions of configuration objects, newest first. */
  @Get()
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async list(@ValidQuery(versionsQuery) query: VersionsQuery): Promise<Success<Page<ConfigVersion>>> {
    return ok(await this.store.versions(query));
  }

  @Get(':id')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async get(@Param('id') id: string, @Caller() caller: Caller): Promise<Success<ConfigVersion>> {
    return ok(await this.versionFor(id, caller));
  }

  /** What changes from one version to another, field by field. */
  @Get(':id/diff/:otherId')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async diff(
    @Param('id') id: string,
    @Param('otherId') otherId: string,
    @Caller() caller: Caller,
  ): Promise<Success<{ changes: ConfigDifference[] }>> {
    await this.versionFor(id, caller);
    return ok({ changes: await this.store.diff(id, otherId) });
  }

  /** Makes the body of this version the newest one. */
  @Post(':id/rollback')
  @Access({ roles: ['admin'], perMinute: 10 })
  async rollback(
    @Param('id') id: string,
    @ValidBody(rollbackRequest) body: RollbackRequest,
    @Caller() caller: Caller,
  ): Promise<Success<VersionedService | VersionedConfig<unknown>>> {
    const { object } = await this.versionFor(id, caller);
    const rolledBack =
      kindOf(object) === undefined
        ? await this.change.rollback(id, caller, body)
        : await this.changeConfig.rollback(id, caller, body);
    return ok(rolledBack);
  }

  /** @throws SignalboxError NOT_FOUND; SERVICE_NOT_ALLOWED when it is of a service that the token may not touch */
  private async versionFor(id: string, caller: Caller): Promise<ConfigVersion> {
    const version = await this.store.version(id);
    const [, name] = version.object.split(':');
    if (isServiceName(name)) assertMayTouch(caller, name);
    return version;
  }
}
