import { randomBytes } from 'node:crypto';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { WebhookReceived } from '@signalbox/contracts';
import {
  receivedFactId,
  type FactToTell,
  webhookEventId,
  WebhookReceipts,
  type NewWebhookEvent,
} from '@signalbox/persistence';
import { Metrics } from '@signalbox/platform';
import type { ReceivedEvent } from '@signalbox/webhooks';
import { TellFacts } from '../telling/tell-facts.js';
import { CommitQueue, type Weighted } from './commit-queue.js';
import { RecentDeliveries } from './recent-deliveries.js';

/** Where events came from. */
export interface Origin {
  receivedAtMs: number;
  address: string | null;
  secretId: string | null;
}

interface Order extends Weighted {
  events: readonly Prepared[];
}

interface Prepared {
  key: string;
  row: NewWebhookEvent;
}

/** Two seconds of the highest rate; a delivery of many events counts as many. */
const BOUNDS = { maxRows: 500, maxWaitingRows: 20_000, maxWaitingBytes: 64 * 1024 ** 2 };

/** Names this process's events apart from those of the other replicas. */
const PROCESS = randomBytes(6).toString('base64url').replaceAll('_', '-');

/**
 * Makes events durable, each once, and tells of the new ones. What comes at a time is committed together; a retry of
 * what is durable already costs PostgreSQL nothing.
 */
@Injectable()
export class StoreEvents implements BeforeApplicationShutdown {
  private readonly queue = new CommitQueue<Order, number>((orders) => this.write(orders), BOUNDS);
  private made = 0;

  constructor(
    private readonly receipts: WebhookReceipts,
    private readonly recent: RecentDeliveries,
    private readonly facts: TellFacts,
    metrics: Metrics,
  ) {
    const { queue } = this;
    metrics.gauge({
      name: 'signalbox_webhooks_waiting_rows',
      help: 'Webhook events that wait to be committed',
      collect() {
        this.set(queue.depth);
      },
    });
  }

  /** How long a delivery waits now until it is durable, ms. */
  get waitMs(): number {
    return this.queue.waitMs;
  }

  /** Whoever waits for an answer gets it before the connections close. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.queue.idle();
  }

  /** Durable when it resolves, with how many of them were known already. */
  async store(events: readonly ReceivedEvent[], origin: Origin): Promise<{ duplicates: number }> {
    if (events.length === 0) return { duplicates: 0 };
    const prepared = events.map((event) => this.prepared(event, origin));
    const bytes = prepared.reduce((sum, { row }) => sum + row.payload.length + row.fact.length, 0);
    const fresh = await this.queue.commit({ events: prepared, rows: prepared.length, bytes });
    return { duplicates: prepared.length - fresh };
  }

  /** For each order, how many of its events were new. */
  private async write(orders: readonly Order[]): Promise<number[]> {
    const byKey = new Map<string, Prepared>();
    for (const { events } of orders) {
      for (const event of events) if (!byKey.has(event.key)) byKey.set(event.key, event);
    }
    const known = await this.recent.known([...byKey.keys()]);
    const candidates = [...byKey.values()].filter(({ key }) => !known.has(key));
    const fresh =
      candidates.length === 0
        ? new Set<string>()
        : await this.receipts.store(candidates.map(({ row }) => row));
    this.recent.remember(candidates.map(({ key }) => key));
    for (const { row } of candidates) {
      if (fresh.has(row.eventId)) this.facts.tell(receivedFact(row));
    }
    return orders.map(({ events }) => events.filter(({ row }) => fresh.has(row.eventId)).length);
  }

  private prepared(event: ReceivedEvent, { receivedAtMs, address, secretId }: Origin): Prepared {
    const { serviceName, externalId, type, entity, sequence, critical, occurredAt } = event;
    this.made += 1;
    // Padded, so that ids of one millisecond are in the order of receipt.
    const eventId = webhookEventId(receivedAtMs, `${this.made.toString(36).padStart(8, '0')}-${PROCESS}`);
    const receivedAt = new Date(receivedAtMs).toISOString();
    const received: WebhookReceived = {
      eventId: receivedFactId(eventId),
      occurredAt: occurredAt ?? receivedAt,
      serviceName,
      webhookEventId: eventId,
      externalId,
      type,
      entity,
      sequence,
      critical,
      receivedAt,
    };
    const row: NewWebhookEvent = {
      eventId,
      receivedAtMs,
      serviceName,
      externalId,
      type,
      entity,
      sequence,
      occurredAt,
      critical,
      address,
      secretId,
      payload: event.payloadText ?? JSON.stringify(event.payload),
      fact: JSON.stringify(received),
    };
    return { key: `${serviceName}:${externalId}`, row };
  }
}

function receivedFact({ eventId, serviceName, fact }: NewWebhookEvent): FactToTell {
  return { factId: receivedFactId(eventId), fact: 'webhooks.received', serviceName, body: fact };
}
