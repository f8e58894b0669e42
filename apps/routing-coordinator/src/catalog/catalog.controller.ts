import { Controller, Get, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SignalboxError,
  drainRequest,
  ok,
  putService,
  type DrainRequest,
  type PutService,
  type ServiceName,
  type Success,
  type VersionedService,
} from '@signalbox/contracts';
import { Access, Caller, ServiceParam, ValidBody, mayTouch } from '@signalbox/platform';
import { RoutingEngine } from '@signalbox/routing';
import { ChangeCatalog } from './change-catalog.js';
import { LiveCatalog } from './live-catalog.js';
import { locateNode } from './locate-node.js';

@ApiTags('admin')
@Controller('admin')
export class CatalogController {
  constructor(
    private readonly live: LiveCatalog,
    private readonly change: ChangeCatalog,
    private readonly engine: RoutingEngine,
  ) {}

  /** Every service whole, as this replica routes by it. */
  @Get('catalog')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  list(
    @Caller() caller: Caller,
  ): Success<{ items: VersionedService[]; dependencyGraph: Record<string, ServiceName[]> }> {
    return ok({
      items: this.live.all().filter(({ service }) => mayTouch(caller, service.serviceName)),
      dependencyGraph: this.live.dependencies(),
    });
  }

  @Get('catalog/services/:serviceName')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  get(@ServiceParam() serviceName: ServiceName): Success<VersionedService> {
    return ok(this.live.get(serviceName));
  }

  /** Replaces a service's configuration whole; 409 when `expectedVersion` is not the live one. */
  @Put('catalog/services/:serviceName')
  @Access({ roles: ['admin'], perMinute: 30 })
  async put(
    @ServiceParam() serviceName: ServiceName,
    @ValidBody(putService) body: PutService,
    @Caller() caller: Caller,
  ): Promise<Success<VersionedService>> {
    const { expectedVersion, comment, ...service } = body;
    if (service.serviceName !== serviceName) {
      const fields = [{ path: 'serviceName', message: `must be ${serviceName}, as in the path` }];
      throw new SignalboxError('VALIDATION_FAILED', `serviceName must be ${serviceName}`, { fields });
    }
    return ok(await this.change.put(service, caller, { expectedVersion, comment }));
  }

  /** Takes a node out of traffic. */
  @Post('nodes/:nodeId/drain')
  @Access({ roles: ['admin'], perMinute: 30 })
  drain(
    @Param('nodeId') nodeId: string,
    @ValidBody(drainRequest) body: DrainRequest,
    @Caller() caller: Caller,
  ): Promise<Success<VersionedService>> {
    return this.setDrained(nodeId, true, body, caller);
  }

  /** Lets a node take traffic again. */
  @Post('nodes/:nodeId/undrain')
  @Access({ roles: ['admin'], perMinute: 30 })
  undrain(
    @Param('nodeId') nodeId: string,
    @ValidBody(drainRequest) body: DrainRequest,
    @Caller() caller: Caller,
  ): Promise<Success<VersionedService>> {
    return this.setDrained(nodeId, false, body, caller);
  }

  private async setDrained(
    nodeId: string,
    drained: boolean,
    body: DrainRequest,
    caller: Caller,
  ): Promise<Success<VersionedService>> {
    const { serviceName } = locateNode(this.engine, nodeId, caller);
    return ok(await this.change.setDrained(serviceName, nodeId, drained, caller, body));
  }
}
