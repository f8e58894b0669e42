import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { MessageBus } from '@signalbox/messaging';
import { Auditor, type AuditedChange } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from './ambient.js';

/**
 * Audits what is not a row of PostgreSQL itself (circuits by hand, overrides): through the durable stream, so
 * that an emergency can be handled, and is remembered, while PostgreSQL is down.
 */
@Injectable()
export class StreamAuditor extends Auditor {
  constructor(
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  protected write(change: AuditedChange): Promise<void> {
    const occurredAt = new Date(this.clock.nowMs()).toISOString();
    this.bus.post('audit.recorded', undefined, { eventId: randomUUID(), occurredAt, ...change });
    return Promise.resolve();
  }
}
