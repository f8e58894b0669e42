import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ok, type ComprehensiveHealth, type Success } from '@signalbox/contracts';
import { Access } from '@signalbox/platform';
import { FleetHealth } from './fleet-health.js';

@ApiTags('realtime')
@Controller('stream-b-coordination')
export class FleetHealthController {
  constructor(private readonly health: FleetHealth) {}

  /** Every app and every dependency, by what each process says of itself. */
  @Get('health/comprehensive')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 120 })
  get(): Success<ComprehensiveHealth> {
    return ok(this.health.get());
  }
}
