import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type ServiceName, type WebhookReceipt } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import type { RawRequest } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { readDelivery, type Delivery, type RefusalReason, type Verdict } from '@signalbox/webhooks';
import { PingFeeds } from '../airtable/ping-feeds.js';
import { LiveSources } from '../sources/live-sources.js';
import { SecretUse } from '../sources/secret-use.js';
import type { Source } from '../sources/source.js';
import { WebhookCounts } from '../statistics/webhook-counts.js';
import { Refusals } from './refusals.js';
import { SourceLimits } from './source-limits.js';
import { StoreEvents } from '../storing/store-events.js';

/** All that a sender is told of why its signature was refused: what it can see of its own request. */
type ToldReason = 'signature_missing' | 'timestamp_out_of_range' | 'signature_invalid';

/**
 * Takes a delivery: who may send, how often, how much; the signature over the bytes; and only then what they say.
 * Whoever gets an answer of success may forget the delivery: it is durable.
 */
@Injectable()
export class ReceiveDelivery {
  constructor(
    private readonly sources: LiveSources,
    private readonly limits: SourceLimits,
    private readonly refusals: Refusals,
    private readonly events: StoreEvents,
    private readonly feeds: PingFeeds,
    private readonly secretUse: SecretUse,
    private readonly counts: WebhookCounts,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(serviceName: ServiceName, request: RawRequest): Promise<WebhookReceipt> {
    const startedMs = performance.now();
    const receivedAtMs = this.clock.nowMs();
    const source = this.sourceFor(serviceName, request);
    const delivery = await this.read(source, request);
    this.counts.received(serviceName, receivedAtMs);
    const { secretId } = this.verified(source, delivery, request);
    this.counts.count(serviceName, 'verified');
    this.secretUse.note(secretId, receivedAtMs);
    const receipt = await this.store(serviceName, delivery, request, { receivedAtMs, secretId });
    this.counts.receipt(serviceName, performance.now() - startedMs);
    return receipt;
  }

  private sourceFor(serviceName: ServiceName, request: RawRequest): Source {
    const source = this.sources.find(serviceName);
    if (source === undefined) {
      throw new SignalboxError('DEPENDENCY_UNAVAILABLE', 'Not ready yet; send it again', undefined, 2);
    }
    if (!source.enabled) {
      this.refuse(source, 'not_enabled', request);
      throw new SignalboxError('NOT_FOUND', 'There is no webhook source of this name');
    }
    if (!source.allowList.allows(request.address)) {
      this.refuse(source, 'address_not_allowed', request);
      throw new SignalboxError('FORBIDDEN', 'This address may not send to this source');
    }
    this.limited(serviceName, () => this.limits.assertOpen(source, request));
    return source;
  }

  private async read(source: Source, request: RawRequest): Promise<Delivery> {
    try {
      const rawBody = await request.readBody(source.maxBodyBytes);
      const { headers, query } = request;
      return { headers, query, rawBody, publicUrl: source.publicUrl };
    } catch (error) {
      if (error instanceof SignalboxError && error.code === 'BODY_TOO_LARGE') {
        this.counts.count(source.serviceName, 'limited');
      }
      throw error;
    }
  }

  private verified(
    source: Source,
    delivery: Delivery,
    request: RawRequest,
  ): Extract<Verdict, { kind: 'verified' }> {
    const verdict = source.verify(delivery, this.clock.nowMs());
    if (verdict.kind === 'refused') {
      this.refuse(source, verdict.reason, request);
      throw new SignalboxError('UNAUTHENTICATED', 'The delivery could not be verified', {
        reason: toldReason(verdict.reason),
      });
    }
    this.limited(source.serviceName, () => this.limits.takeVerified(source, request));
    return verdict;
  }

  private async store(
    serviceName: ServiceName,
    delivery: Delivery,
    request: RawRequest,
    { receivedAtMs, secretId }: { receivedAtMs: number; secretId: string },
  ): Promise<WebhookReceipt> {
    const reading = readDelivery(serviceName, delivery);
    if (reading.kind === 'unreadable') {
      this.refusals.note(serviceName, `unreadable_${reading.reason}`, request.address, request.correlationId);
      throw new SignalboxError('VALIDATION_FAILED', reading.detail, { reason: reading.reason });
    }
    if (reading.kind === 'ping') {
      await this.feeds.ping(reading);
      return { received: 1, duplicates: 0 };
    }
    const { events } = reading;
    const { duplicates } = await this.events.store(events, {
      receivedAtMs,
      secretId,
      address: request.address,
    });
    this.counts.count(serviceName, 'events', events.length);
    if (duplicates > 0) this.counts.count(serviceName, 'duplicate', duplicates);
    return { received: events.length, duplicates };
  }

  /** Counted against the address's own allowance: when that is spent, the answer is 429. */
  private refuse(source: Source, reason: string, request: RawRequest): void {
    this.refusals.note(source.serviceName, reason, request.address, request.correlationId);
    this.limited(source.serviceName, () => this.limits.takeRefused(source, request));
  }

  private limited(serviceName: ServiceName, check: () => void): void {
    try {
      check();
    } catch (error) {
      this.counts.count(serviceName, 'limited');
      throw error;
    }
  }
}

const TOLD: Partial<Record<RefusalReason, ToldReason>> = {
  missing_signature: 'signature_missing',
  missing_timestamp: 'signature_missing',
  missing_message_id: 'signature_missing',
  timestamp_out_of_range: 'timestamp_out_of_range',
};

function toldReason(reason: RefusalReason): ToldReason {
  return TOLD[reason] ?? 'signature_invalid';
}
