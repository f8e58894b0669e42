import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  acknowledgeAlert,
  alertsQuery,
  ok,
  SERVICE_NAMES,
  SignalboxError,
  type AcknowledgeAlert,
  type AlertView,
  type AlertsQuery,
  type Page,
  type Success,
} from '@signalbox/contracts';
import { Access, Auditor, Caller, Correlation, ValidBody, ValidQuery, mayTouch } from '@signalbox/platform';
import { Alerts } from './alerts.js';

/** What asks for a person's attention. Alerts about no one service are for tokens that may touch all. */
@ApiTags('realtime')
@Controller('stream-b-coordination/alerts')
export class AlertsController {
  constructor(
    private readonly alerts: Alerts,
    private readonly auditor: Auditor,
  ) {}

  /** Newest first, those that are over for 30 days included. */
  @Get()
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async list(
    @ValidQuery(alertsQuery) query: AlertsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<Page<AlertView>>> {
    const services = caller.services === null ? null : SERVICE_NAMES.filter((name) => mayTouch(caller, name));
    return ok(await this.alerts.list(query, services));
  }

  /** Says that somebody looks: it escalates no more. Doing it twice changes nothing. */
  @Post(':id/acknowledge')
  @Access({ roles: ['admin', 'manager'], perMinute: 30 })
  async acknowledge(
    @Param('id') id: string,
    @ValidBody(acknowledgeAlert) { comment }: AcknowledgeAlert,
    @Caller() caller: Caller,
  ): Promise<Success<AlertView>> {
    const { before, after } = await this.alerts.acknowledge(id, caller.subject, (alert) =>
      assertIsTheirs(alert, caller),
    );
    if (before.state !== after.state) {
      await this.auditor.record({
        actor: caller.subject,
        role: caller.role,
        action: 'alert.acknowledge',
        object: `alert:${after.alertId}`,
        ...(after.serviceName === null ? {} : { serviceName: after.serviceName }),
        before: { state: before.state, severity: before.severity },
        after: {
          state: after.state,
          severity: after.severity,
          message: after.message,
          comment: comment ?? null,
        },
        correlationId: Correlation.id() ?? 'none',
      });
    }
    return ok(after);
  }
}

function assertIsTheirs({ serviceName }: AlertView, caller: Caller): void {
  if (serviceName === null ? caller.services === null : mayTouch(caller, serviceName)) return;
  throw new SignalboxError('SERVICE_NOT_ALLOWED', 'This token may not touch what this alert is about');
}
