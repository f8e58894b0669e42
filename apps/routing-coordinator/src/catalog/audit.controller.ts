import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  auditQuery,
  ok,
  type AuditEntry,
  type AuditQuery,
  type Page,
  type Success,
} from '@signalbox/contracts';
import { AuditStore } from '@signalbox/persistence';
import { Access, ValidQuery } from '@signalbox/platform';

@ApiTags('admin')
@Controller('admin/audit')
export class AuditController {
  constructor(private readonly store: AuditStore) {}

  /** Who changed what, newest first. */
  @Get()
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async list(@ValidQuery(auditQuery) query: AuditQuery): Promise<Success<Page<AuditEntry>>> {
    return ok(await this.store.list(query));
  }
}
