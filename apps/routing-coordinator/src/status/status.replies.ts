import { Controller } from '@nestjs/common';
import {
  REPORTS_QUEUE_GROUP,
  ok,
  reportRequest,
  reportSubject,
  type ServiceRouting,
  type Success,
} from '@signalbox/contracts';
import { Replies } from '@signalbox/messaging';
import { RoutingEngine } from '@signalbox/routing';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { CriticalErrors } from '../error-events/critical-errors.js';
import { serviceRoutingOf } from './service-routing.js';

/** Tells other apps how routing stands, as this replica sees it: gossip makes the replicas see alike. */
@Controller()
export class StatusReplies {
  constructor(
    private readonly catalog: LiveCatalog,
    private readonly engine: RoutingEngine,
    private readonly critical: CriticalErrors,
  ) {}

  @Replies(reportSubject('service-routing'), { queue: REPORTS_QUEUE_GROUP, request: reportRequest })
  services(): Success<{ items: ServiceRouting[] }> {
    const names = this.catalog.services().map(({ serviceName }) => serviceName);
    return ok({
      items: names.map((name) => serviceRoutingOf(this.engine.view(name), this.critical.count(name))),
    });
  }
}
