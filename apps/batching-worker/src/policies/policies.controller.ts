import { Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  putBatchPolicy,
  type BatchPolicy,
  type PutBatchPolicy,
  type ServiceName,
  type Success,
} from '@signalbox/contracts';
import { BATCH_POLICIES, ChangeConfig, shown, type VersionedConfig } from '@signalbox/hosting';
import { Access, Caller, ServiceParam, ValidBody } from '@signalbox/platform';
import { LivePolicies } from './live-policies.js';

type Shown = Success<Omit<VersionedConfig<BatchPolicy>, 'body'> & BatchPolicy>;

@ApiTags('admin')
@Controller('admin/batch-policies')
export class PoliciesController {
  constructor(
    private readonly live: LivePolicies,
    private readonly change: ChangeConfig,
  ) {}

  @Get(':serviceName')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  get(@ServiceParam() serviceName: ServiceName): Shown {
    return ok(shown(this.live.versionOf(serviceName)));
  }

  /** Replaces a service's policy whole; 409 when `expectedVersion` is not the live one. Live on every replica at once. */
  @Put(':serviceName')
  @Access({ roles: ['admin'], perMinute: 30 })
  async put(
    @ServiceParam() serviceName: ServiceName,
    @ValidBody(putBatchPolicy) body: PutBatchPolicy,
    @Caller() caller: Caller,
  ): Promise<Shown> {
    const { expectedVersion, comment, ...policy } = body;
    const options = { expectedVersion, comment };
    const changed = await this.change.put(BATCH_POLICIES, serviceName, policy, caller, options);
    this.live.take(changed);
    return ok(shown(changed));
  }
}
