import { Inject, Injectable } from '@nestjs/common';
import type { OutcomeReport, OutcomeReported } from '@signalbox/contracts';
import { SignalboxError } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import { ClaimStore } from '@signalbox/redis';
import { RoutingEngine } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { tellDurably } from '@signalbox/hosting';
import { CLOCK } from '@signalbox/hosting';

/** Longer than any outcome is reported late: in-flight leases end after a minute. */
const CLAIM_SECONDS = 3600;

/** Events that begin so were counted by the replica that published them: the stream's consumer leaves them alone. */
export const COUNTED_PREFIX = 'counted:';

export type OutcomeReceipt = 'recorded' | 'already_reported';

/**
 * Takes what became of a routed call into this replica's facts, once in the whole fleet.
 *
 * A reported outcome is first made durable in JetStream, then claimed, then counted: an acknowledged one is
 * never lost, and a second report changes nothing, whichever replica or transport it comes by.
 */
@Injectable()
export class TakeOutcome {
  constructor(
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    private readonly bus: MessageBus,
    private readonly claims: ClaimStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** From the HTTP edge: durable before it is acknowledged, or in the bounded outbox while NATS is down. */
  async report(report: OutcomeReport, correlationId: string | undefined): Promise<OutcomeReceipt> {
    this.knownNode(report);
    const event: OutcomeReported = {
      ...report,
      eventId: `${COUNTED_PREFIX}${report.coordinationId}`,
      occurredAt: new Date(this.clock.nowMs()).toISOString(),
    };
    await tellDurably(this.bus, 'outcomes.reported', report.serviceName, event, correlationId);
    return this.count(report);
  }

  /** From the stream: published by a service, counted by the one replica that got it. */
  async count(report: OutcomeReport): Promise<OutcomeReceipt> {
    const claimed = await this.claims.claim(`outcome:${report.coordinationId}`, CLAIM_SECONDS);
    if (!claimed) return 'already_reported';
    this.engine.recordOutcome(report);
    return 'recorded';
  }

  private knownNode({ serviceName, nodeId }: OutcomeReport): void {
    const { nodes } = this.catalog.get(serviceName).service;
    if (!nodes.some((node) => node.nodeId === nodeId)) {
      throw new SignalboxError('UNKNOWN_NODE', `${serviceName} has no node ${nodeId}`, { nodeId });
    }
  }
}
