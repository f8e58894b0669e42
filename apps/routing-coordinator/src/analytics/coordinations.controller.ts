import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SERVICE_NAMES,
  SignalboxError,
  coordinationsQuery,
  ok,
  type CoordinationDetail,
  type CoordinationSummary,
  type CoordinationsQuery,
  type Page,
  type Success,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { DecisionStore } from '@signalbox/persistence';
import { Access, Caller, ValidQuery, assertMayTouch, mayTouch } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';

/** Decisions on record, for people: which there were, and why each went where it did. */
@ApiTags('routing')
@Controller('enhanced-traffic-coordination/coordinations')
export class CoordinationsController {
  constructor(
    private readonly decisions: DecisionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The decisions of the last 30 days, newest first. */
  @Get()
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async list(
    @ValidQuery(coordinationsQuery) { serviceName, ...page }: CoordinationsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<Page<CoordinationSummary>>> {
    const services = serviceName === undefined ? SERVICE_NAMES : [serviceName];
    const shown = services.filter((name) => mayTouch(caller, name));
    return ok(await this.decisions.list(page, shown, this.clock.nowMs()));
  }

  /** One decision: the chosen node, the ranked alternatives, and why the others were no candidates. */
  @Get(':coordinationId')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async one(
    @Param('coordinationId') coordinationId: string,
    @Caller() caller: Caller,
  ): Promise<Success<CoordinationDetail>> {
    const found = await this.decisions.find(coordinationId);
    if (found === null) {
      throw new SignalboxError(
        'NOT_FOUND',
        'No decision of this id is on record: it is recorded within seconds of the call and kept for 30 days',
      );
    }
    if (found === 'incomplete') {
      throw new SignalboxError(
        'NOT_FOUND',
        'This decision was recorded before the figures behind decisions were kept; the list has what is known of it',
      );
    }
    assertMayTouch(caller, found.serviceName);
    return ok(found);
  }
}
