import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpRequest } from '../wire/http.js';
import { authorize } from './authorize.js';
import { meterEventSession, needsMeterEventSession } from './stripe/meter-event-session.js';

const request: HttpRequest = { method: 'GET', path: '/x', query: [], headers: {}, body: null };
const ACCOUNT = `AC${'1'.repeat(32)}`;

describe('a credential', () => {
  it('is a bearer token at Stripe, Samsara, SendGrid and Airtable', () => {
    for (const service of ['stripe', 'samsara', 'sendgrid', 'airtable'] as const) {
      assert.deepEqual(authorize(request, service, 'node', 'secret').headers, {
        authorization: 'Bearer secret',
      });
    }
  });

  it('is Twilio’s account in the path and a pair for HTTP’s basic scheme', () => {
    const message = { ...request, path: '/2010-04-01/Accounts/{AccountSid}/Messages.json' };
    const { path, headers } = authorize(message, 'twilio', 'twilio_us1', `${ACCOUNT}:token`);
    assert.equal(path, `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`);
    assert.equal(headers['authorization'], `Basic ${btoa(`${ACCOUNT}:token`)}`);
    const keyed = authorize(message, 'twilio', 'twilio_us1', `${ACCOUNT}:SK1:secret`);
    assert.equal(keyed.path, path);
    assert.equal(keyed.headers['authorization'], `Basic ${btoa('SK1:secret')}`);
  });

  it('of another form is refused without being told', () => {
    assert.throws(
      () => authorize(request, 'twilio', 'twilio_us1', 'hush'),
      (error) => error instanceof RangeError && !error.message.includes('hush'),
    );
  });

  it('is each map provider’s own parameter or header', () => {
    const at = (nodeId: string, path = '/x') => {
      const { query, headers } = authorize({ ...request, path }, 'maps', nodeId, 'key');
      return [query, headers];
    };
    assert.deepEqual(at('maps_mapbox'), [[['access_token', 'key']], {}]);
    assert.deepEqual(at('maps_here'), [[['apiKey', 'key']], {}]);
    assert.deepEqual(at('maps_google', '/maps/api/geocode/json'), [[['key', 'key']], {}]);
    assert.deepEqual(at('maps_google', '/distanceMatrix/v2:computeRouteMatrix'), [
      [],
      { 'x-goog-api-key': 'key' },
    ]);
  });
});

describe('the session of meter events', () => {
  it('is renewed a minute before it ends', () => {
    const body = JSON.stringify({ authentication_token: 'token', expires_at: '2025-01-01T00:15:00.000Z' });
    assert.deepEqual(meterEventSession({ status: 200, headers: {}, body }), {
      token: 'token',
      renewAtMs: Date.UTC(2025, 0, 1, 0, 14),
    });
  });

  it('is none in a refusal or in an answer without one', () => {
    assert.equal(meterEventSession({ status: 401, headers: {}, body: '{"authentication_token":"x"}' }), null);
    assert.equal(meterEventSession({ status: 200, headers: {}, body: '{}' }), null);
  });

  it('is what the stream goes with, and nothing else', () => {
    assert.ok(needsMeterEventSession({ ...request, path: '/v2/billing/meter_event_stream' }));
    assert.ok(!needsMeterEventSession({ ...request, path: '/v2/billing/meter_event_session' }));
  });
});
