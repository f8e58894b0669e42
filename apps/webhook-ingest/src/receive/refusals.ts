import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { Auditor, Correlation } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { WebhookCounts } from '../statistics/webhook-counts.js';
import { RefusalAlarms } from './refusal-alarms.js';

const AUDIT_EVERY_MS = 5_000;
/** Lines of the audit that one replica writes in that time; beyond, addresses are counted together. */
const MAX_LINES = 100;

interface Line {
  serviceName: ServiceName;
  reason: string;
  address: string | null;
  count: number;
  firstAtMs: number;
  lastAtMs: number;
  correlationId: string;
}

/**
 * What was refused and why: counted, audited, and told as a security alert when it comes again and again. Refusals of
 * one kind from one address within five seconds are one line of the audit, so that a flood cannot fill it.
 */
@Injectable()
export class Refusals implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Refusals.name);
  private readonly alarms = new RefusalAlarms();
  private lines = new Map<string, Line>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly counts: WebhookCounts,
    private readonly auditor: Auditor,
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.audit(), AUDIT_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.audit();
  }

  /** `correlationId`: of the request, so that its log lines are found from the audit. */
  note(serviceName: ServiceName, reason: string, address: string, correlationId: string): void {
    const nowMs = this.clock.nowMs();
    this.counts.refused(serviceName, reason);
    this.addLine(serviceName, reason, address, correlationId, nowMs);
    for (const alarm of this.alarms.note(serviceName, address, nowMs)) {
      const { count, windowMs, source } = alarm;
      const from = source === null ? 'in all' : `from ${source}`;
      this.logger.warn(`${count} deliveries to ${serviceName} were refused in a minute, ${from}`);
      this.bus.post('security.alerted', serviceName, {
        eventId: randomUUID(),
        occurredAt: new Date(nowMs).toISOString(),
        serviceName,
        kind: 'webhooks_refused',
        reason: `${count} webhook deliveries were refused, at last for ${reason}`,
        count,
        windowMs,
        source,
      });
    }
  }

  private addLine(
    serviceName: ServiceName,
    reason: string,
    address: string,
    correlationId: string,
    nowMs: number,
  ): void {
    const own = `${serviceName} ${reason} ${address}`;
    const together = `${serviceName} ${reason}`;
    const key = this.lines.has(own) || this.lines.size < MAX_LINES ? own : together;
    const line = this.lines.get(key);
    if (line === undefined) {
      const shown = key === own ? address : null;
      this.lines.set(key, {
        serviceName,
        reason,
        address: shown,
        count: 1,
        firstAtMs: nowMs,
        lastAtMs: nowMs,
        correlationId,
      });
    } else {
      line.count += 1;
      line.lastAtMs = nowMs;
    }
  }

  private async audit(): Promise<void> {
    const lines = this.lines;
    this.lines = new Map();
    for (const { serviceName, correlationId, firstAtMs, lastAtMs, ...refused } of lines.values()) {
      await this.auditor.record({
        actor: 'webhook-ingest',
        role: 'service',
        action: 'webhook.refuse',
        object: `webhook-source:${serviceName}`,
        before: null,
        after: {
          ...refused,
          from: new Date(firstAtMs).toISOString(),
          to: new Date(lastAtMs).toISOString(),
        },
        correlationId: Correlation.accept(correlationId),
      });
    }
  }
}
