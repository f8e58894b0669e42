import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ok, type Dashboard, type FrontendCoordination, type Success } from '@signalbox/contracts';
import { Access, Caller } from '@signalbox/platform';
import { DASHBOARD_ROLES } from './dashboard-audience.js';
import { Dashboards } from './dashboards.js';
import { shownTo } from './shown-parts.js';

@ApiTags('realtime')
@Controller()
export class DashboardController {
  constructor(private readonly dashboards: Dashboards) {}

  /** All that a dashboard needs for its first paint, in one answer; what an app that is away knows is marked as stale. */
  @Get('external-services/frontend-coordination')
  @Access({ roles: DASHBOARD_ROLES, perMinute: 120 })
  async frontend(@Caller() caller: Caller): Promise<Success<FrontendCoordination>> {
    return ok(await this.dashboards.frontend(shownTo(caller)));
  }

  /** Services, costs, agents, webhooks, alerts, recommendations. */
  @Get('stream-b-coordination/dashboard')
  @Access({ roles: DASHBOARD_ROLES, perMinute: 120 })
  async dashboard(@Caller() caller: Caller): Promise<Success<Dashboard>> {
    return ok(await this.dashboards.dashboard(shownTo(caller)));
  }
}
