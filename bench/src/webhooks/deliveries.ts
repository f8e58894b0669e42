import { createHmac } from 'node:crypto';

/** As Stripe shows them. */
export const WEBHOOK_SECRET = 'whsec_5f4dcc3b5aa765d61d8327deb882cf99';

export interface SignedDelivery {
  externalId: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** Of a charge's event: about what Stripe sends. */
const BODY_BYTES = 2_048;

/** A Stripe event, signed now. Every 20th is a failed payment, as the product itself acts on. */
export function stripeDelivery(externalId: string, n: number): SignedDelivery {
  const failed = n % 20 === 0;
  const event = {
    id: externalId,
    object: 'event',
    api_version: '2025-01-27',
    created: Math.floor(Date.now() / 1_000),
    type: failed ? 'payment_intent.payment_failed' : 'charge.succeeded',
    data: {
      object: {
        id: `pi_${externalId}`,
        object: failed ? 'payment_intent' : 'charge',
        amount: 1_999,
        currency: 'usd',
        customer: `cus_${n % 1_000}`,
        description: '',
      },
    },
  };
  event.data.object.description = 'x'.repeat(Math.max(0, BODY_BYTES - JSON.stringify(event).length));
  const body = Buffer.from(JSON.stringify(event));
  const seconds = String(event.created);
  const mac = createHmac('sha256', WEBHOOK_SECRET).update(`${seconds}.`).update(body).digest('hex');
  return {
    externalId,
    body,
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${seconds},v1=${mac}` },
  };
}
