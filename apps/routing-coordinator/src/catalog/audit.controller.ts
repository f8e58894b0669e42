import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  auditQuery,
  ok,
  type AuditEntry,
  type AuditQuery,
  type Page,
  type Success,
} from '@signalbox/contracts';
import { AuditStore } from '@signalbox/persistence';
import { Access, Caller, ValidQuery, servicesOf } from '@signalbox/platform';

@ApiTags('admin')
@Controller('admin/audit')
export class AuditController {
  constructor(private readonly store: AuditStore) {}

  /** Who changed what, newest first. */
  @Get()
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  @ApiOperation({
    description:
      'Who changed what, newest first. A token of some services is told of what concerns one of those alone.',
  })
  async list(
    @ValidQuery(auditQuery) query: AuditQuery,
    @Caller() caller: Caller,
  ): Promise<Success<Page<AuditEntry>>> {
    return ok(await this.store.list(query, servicesOf(caller)));
  }
}
