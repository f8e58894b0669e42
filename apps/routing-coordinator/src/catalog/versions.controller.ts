import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  SignalboxError,
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
import { ConfigStore, serviceNamedBy } from '@signalbox/persistence';
import { Access, Caller, ValidBody, ValidQuery, assertMayTouch, servicesOf } from '@signalbox/platform';
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
  @ApiOperation({
    description:
      'Versions of configuration objects, newest first. A token of some services is shown those of its services alone.',
  })
  async list(
    @ValidQuery(versionsQuery) query: VersionsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<Page<ConfigVersion>>> {
    return ok(await this.store.versions(query, servicesOf(caller)));
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
    await this.versionFor(otherId, caller);
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
    const serviceName = serviceNamedBy(version.object);
    if (serviceName !== null) assertMayTouch(caller, serviceName);
    else if (caller.services !== null) {
      throw new SignalboxError(
        'SERVICE_NOT_ALLOWED',
        'This token may touch what is of one of its services alone',
      );
    }
    return version;
  }
}
