import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, describe, it } from 'node:test';
import type { AuditEntry, Page, WebhookEventSummary } from '@signalbox/contracts';
import { withHosted } from '@signalbox/hosting/testing';
import { Database } from '@signalbox/persistence';
import { eventually } from '@signalbox/testkit';
import { apps } from '../src/apps.js';

const SECRET = 'whsec_5f4dcc3b5aa765d61d8327deb882cf99';
const PATIENT = { timeoutMs: 60_000 };

/** As Stripe signs: HMAC-SHA256 of the time, a point and the body. */
function signed(body: string): Record<string, string> {
  const seconds = Math.floor(Date.now() / 1_000);
  const mac = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex');
  return { 'stripe-signature': `t=${seconds},v1=${mac}` };
}

describe('webhooks with every app in one process', () => {
  const hosted = withHosted(apps, ['a']);
  let opened: Database | undefined;
  after(() => opened?.close());
  const database = () => (opened ??= new Database({ url: hosted.servers.databaseUrl }));
  const api = () => hosted.process('a');
  const post = (body: string, headers: Record<string, string>) =>
    api().post('/external-services/webhook/stripe', body, { as: null, headers });

  it('has what a webhook says of its provider weighed by the coordinator, and the refused ones in the audit', async () => {
    const added = await api().post('/admin/webhook-sources/stripe/secrets', { secret: SECRET });
    assert.equal(added.status, 200, JSON.stringify(added.body));
    const failure = {
      id: 'evt_together',
      type: 'payment_intent.payment_failed',
      created: Math.floor(Date.now() / 1_000),
      data: {
        object: {
          id: 'pi_1',
          object: 'payment_intent',
          amount: 1_999,
          currency: 'usd',
          customer: 'cus_1',
          last_payment_error: { type: 'api_error' },
        },
      },
    };
    const body = JSON.stringify(failure);
    const answer = await post(body, signed(body));
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { data } = await api().get<Page<WebhookEventSummary>>('/external-services/webhook-events');
    const [event] = data.items;
    assert.equal(event?.externalId, 'evt_together');

    // Written by the coordinator's recorder, behind the same stream that the coordinator weighs errors from.
    await eventually(async () => {
      const [error] = await database().query<{ service_name: string; severity: string }>(
        'SELECT service_name, severity FROM error_events WHERE event_id = $1',
        [`webhook:${event?.webhookEventId}`],
      );
      assert.deepEqual(error, { service_name: 'stripe', severity: 'medium' });
    }, PATIENT);

    assert.equal((await post(body, { 'stripe-signature': 't=1,v1=00' })).status, 401);
    await eventually(async () => {
      const audit = await api().get<Page<AuditEntry>>('/admin/audit?action=webhook.refuse');
      assert.equal(audit.data.items[0]?.object, 'webhook-source:stripe');
    }, PATIENT);
  });
});
