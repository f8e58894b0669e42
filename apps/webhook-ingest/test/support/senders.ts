import assert from 'node:assert/strict';
import type { Failure, ServiceName, Success, WebhookEventDetail, WebhookReceipt } from '@signalbox/contracts';
import type { Hosted } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import type { Delivery } from '@signalbox/webhooks';
import { PUBLIC_URL, SECRETS, SIGN } from '@signalbox/webhooks/testing';

export interface SentAnswer {
  status: number;
  headers: Headers;
  receipt: WebhookReceipt | null;
  failure: Failure['error'] | null;
}

/** Sends a signed delivery as its provider would. */
export async function send(
  process: Hosted,
  serviceName: string,
  { headers, rawBody, query }: Pick<Delivery, 'headers' | 'rawBody' | 'query'>,
): Promise<SentAnswer> {
  const path = `/api/v1/external-services/webhook/${serviceName}${query === '' ? '' : `?${query}`}`;
  const response = await fetch(`${process.url}${path}`, {
    method: 'POST',
    headers: headers as Record<string, string>,
    body: new Uint8Array(rawBody),
  });
  const body = (await response.json()) as Success<WebhookReceipt> | Failure;
  return {
    status: response.status,
    headers: response.headers,
    receipt: body.success ? body.data : null,
    failure: body.success ? null : body.error,
  };
}

/** A delivery of the service, signed now with the secret that {@link giveSecrets} gives. */
export function signed(serviceName: ServiceName, body: unknown, secret?: string): Delivery {
  const rawBody = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return SIGN[serviceName](rawBody, Date.now(), secret);
}

let serial = 0;

/** A Stripe event that no other has the id of. */
export function stripeEvent(
  given: { type?: string; customer?: string; createdS?: number; id?: string } = {},
) {
  const n = ++serial;
  const { type = 'payment_intent.payment_failed', customer = `cus_${n}`, createdS, id = `evt_t${n}` } = given;
  return {
    id,
    type,
    created: createdS ?? Math.floor(Date.now() / 1_000),
    data: {
      object: {
        id: `pi_${n}`,
        object: 'payment_intent',
        amount: 1_999,
        currency: 'usd',
        customer,
        last_payment_error: { type: 'api_error', code: 'processing_error' },
      },
    },
  };
}

/** One secret for each service, held by every process. */
export async function giveSecrets(
  processes: readonly Hosted[],
  services: readonly ServiceName[],
): Promise<void> {
  const [first] = processes as [Hosted];
  for (const serviceName of services) {
    const added = await first.post(`/admin/webhook-sources/${serviceName}/secrets`, {
      secret: SECRETS[serviceName],
    });
    assert.equal(added.status, 200, JSON.stringify(added.body));
    if (serviceName === 'twilio') {
      const put = await first.put('/admin/webhook-sources/twilio', { enabled: true, publicUrl: PUBLIC_URL });
      assert.equal(put.status, 200, JSON.stringify(put.body));
    }
  }
  for (const process of processes) {
    for (const serviceName of services) {
      await eventually(async () => {
        const { data } = await process.get<{ problems: string[] }>(`/admin/webhook-sources/${serviceName}`);
        assert.deepEqual(data.problems, []);
      });
    }
  }
}

/** The event with the provider's id, once it is in one of these states. */
export async function eventIn(
  process: Hosted,
  externalId: string,
  states: readonly string[],
  timeoutMs = 60_000,
): Promise<WebhookEventDetail> {
  return eventually(
    async () => {
      const listed = await process.get<{ items: { webhookEventId: string; externalId: string }[] }>(
        '/external-services/webhook-events?limit=500',
      );
      const found = listed.data.items.find((item) => item.externalId === externalId);
      assert.ok(found, `${externalId} is not there`);
      const { data } = await process.get<WebhookEventDetail>(
        `/external-services/webhook-events/${found.webhookEventId}`,
      );
      assert.ok(states.includes(data.state), `${externalId} is ${data.state}: ${data.reason}`);
      return data;
    },
    { timeoutMs },
  );
}
